//! Pages over the audit query interface, and nothing else.
