"""What every host of a destination needs, whether it is a command or a server: the books, the words, and the walk through an input."""
