"""Unmodified clients, each made to do the same few things in the way its own documentation shows.

A client is a class with a method a feature: `Client(url, key).text(model)` and so on return a dict of what the
application was told, in words that all clients share. Nothing here knows what is right: the tests do.
"""
