"""What builds the course: notebooks, words, figures."""
