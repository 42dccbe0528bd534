"""Test vectors: kept in step with the spec that they are made from, run against a command or an address, shown."""
