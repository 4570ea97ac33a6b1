"""What is asked of an outlook: odds, stress, track, record, needs. Answers are codes and figures."""
