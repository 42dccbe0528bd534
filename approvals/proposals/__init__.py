"""Proposals: a change of a document that takes effect when people agree on it. Until then the agreed text stands, and
the work that rests on it goes on."""
