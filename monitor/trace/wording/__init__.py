"""What a refusal says in words: tables of words, and the pairs of subject and complaint that are found with them."""
