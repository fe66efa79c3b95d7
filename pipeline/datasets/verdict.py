"""What people write for an answer that is wanted, and for one that is not."""

WANTED = frozenset(("true", "1", "yes", "good", "desirable", "thumbs_up", "up", "liked", "👍"))
UNWANTED = frozenset(("false", "0", "-1", "no", "bad", "undesirable", "thumbs_down", "down", "disliked", "👎"))
