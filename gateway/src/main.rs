//! Marshal: a governed AI gateway and model router.
fn main() {}
