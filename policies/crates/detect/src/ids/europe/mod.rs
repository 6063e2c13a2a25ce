//! Identifiers of Europe, by region. The rules are the issuers' own, as published; python-stdnum agrees with them where it has them.

mod central;
mod east;
mod nordic;
mod south;
mod west;

pub(super) use central::KINDS as CENTRAL;
pub(super) use east::KINDS as EAST;
pub(super) use nordic::KINDS as NORDIC;
pub(super) use south::KINDS as SOUTH;
pub(super) use west::KINDS as WEST;
