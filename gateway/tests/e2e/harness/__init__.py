"""What the end-to-end tests stand on: real processes on free ports, each ended by its own pid."""
