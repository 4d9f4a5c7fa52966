"""The search for input that the decoder takes badly."""
