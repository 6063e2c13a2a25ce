"""Values that nobody may see, and every place that a request has for one.

A cell is a door, a place in its request, whole or streamed, and a kind of value; every cell has a value of its own. The
provider keeps every byte that it reads and says all of it back.
"""
