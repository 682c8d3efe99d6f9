"""Images: the environments of the domains, built once each and known by what they are made of."""
