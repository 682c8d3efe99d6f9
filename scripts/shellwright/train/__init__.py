"""The corpus in the forms that training frameworks read."""
