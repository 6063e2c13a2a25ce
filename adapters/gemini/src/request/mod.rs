//! Requests: read into the canonical form and written from it.

pub(crate) mod config;
mod decode;
mod encode;
mod own;
mod results;
mod thinking;
mod tools;
mod turns;

pub(crate) use decode::decode;
pub(crate) use encode::encode;

/// Where the members of nested objects are kept in the request's extra.
const CONFIG: &str = "generationConfig";
const THINKING: &str = "generationConfig.thinkingConfig";
const TOOL_CONFIG: &str = "toolConfig";
const CALLING: &str = "toolConfig.functionCallingConfig";
/// The kind and path of what was said before and is kept by the provider.
const CACHED: &str = "cachedContent";
