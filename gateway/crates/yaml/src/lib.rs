//! YAML with a place for every value, so that each mistake is reported where it stands.
