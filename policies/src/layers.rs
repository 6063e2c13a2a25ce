//! The layers of a bundle: who wrote a line, and how far it may reach.
//!
//! `access.csv` and `compliance.csv` are the platform's. Below them stand compliance packs (`pack.NAME.access.csv`,
//! or shipped ones that `packs.yaml` names), tenants (`tenant.NAME.access.csv`) and teams (`team.NAME.access.csv`).
//! A lower layer holds lines that deny and lines that oblige, and no other: so it can narrow, and cannot widen.

use std::fmt;
use std::sync::Arc;

use crate::rules::Kind;

/// Which layer a line belongs to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// `access.csv`, `compliance.csv`: alone in allowing anything.
    Platform,
    /// A compliance pack, shipped or the user's own.
    Pack(Arc<str>),
    /// One tenant's: its lines hold in that domain.
    Tenant(Arc<str>),
    /// One team's: its lines are about that team.
    Team(Arc<str>),
}

impl Layer {
    /// The layer and the kind of a file of lines: `tenant.acme.access.csv`.
    pub(crate) fn of_file(name: &str) -> Option<(Self, Kind)> {
        let (stem, kind) = match (
            name.strip_suffix("access.csv"),
            name.strip_suffix("compliance.csv"),
        ) {
            (Some(stem), _) => (stem, Kind::Access),
            (_, Some(stem)) => (stem, Kind::Compliance),
            _ => return None,
        };
        Some((Self::of_stem(stem)?, kind))
    }

    /// The layer of a file of obligations: `pack.hipaa@1.obligations.yaml`.
    pub(crate) fn of_obligations(name: &str) -> Option<Self> {
        Self::of_stem(name.strip_suffix("obligations.yaml")?)
    }

    fn of_stem(stem: &str) -> Option<Self> {
        if stem.is_empty() {
            return Some(Self::Platform);
        }
        let (kind, name) = stem.strip_suffix('.')?.split_once('.')?;
        let good = !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '@'));
        let name: Arc<str> = name.into();
        match kind {
            _ if !good => None,
            "pack" => Some(Self::Pack(name)),
            "tenant" => Some(Self::Tenant(name)),
            "team" => Some(Self::Team(name)),
            _ => None,
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Platform => f.write_str("platform"),
            Self::Pack(name) => write!(f, "pack {name}"),
            Self::Tenant(name) => write!(f, "tenant {name}"),
            Self::Team(name) => write!(f, "team {name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_s_name_says_its_layer() {
        let of = |name| Layer::of_file(name).map(|(layer, kind)| (layer.to_string(), kind));
        assert_eq!(
            of("access.csv"),
            Some(("platform".to_owned(), Kind::Access))
        );
        assert_eq!(
            of("tenant.acme-eu.compliance.csv"),
            Some(("tenant acme-eu".to_owned(), Kind::Compliance))
        );
        assert_eq!(
            of("pack.hipaa@1.access.csv"),
            Some(("pack hipaa@1".to_owned(), Kind::Access))
        );
        for name in [
            "acess.csv",
            "tenant..access.csv",
            "tenant.access.csv",
            "role.x.access.csv",
            "tenant.a b.access.csv",
            "access.conf",
        ] {
            assert_eq!(of(name), None, "{name}");
        }
    }
}
