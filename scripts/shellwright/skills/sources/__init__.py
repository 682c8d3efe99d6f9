"""Where skills come from: folders, archives and git repositories, all of them taken as hostile."""
