"""Tests, filed by the question that they answer."""
