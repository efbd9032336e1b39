"""A torment that stays: the real parts, with everything around them failing by turns, and then counted from outside."""
