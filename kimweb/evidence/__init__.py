"""Keeping the chain's checkpoints outside, and checking the chain against them."""
