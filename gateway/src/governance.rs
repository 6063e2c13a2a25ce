//! A bundle as it governs calls: policies and the limits from the same files, loaded whole or not at all.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use marshal_config::{AuditFile, AuditLevel, AuditMode, Config, LimitsFile, Period, PolicySigners};
use marshal_pipeline::{
    BudgetRule, Governance, Keeping, LimitRule, RecordLevel, RecordMode, Recording, Rules,
};
use marshal_policies::{Bundle, BundleSource, SIGNATURES, fingerprint};
use marshal_types::{DataClass, Principal, Problem};

/// The bundle in `folder`, or the one that is built in.
pub(crate) fn source(folder: Option<&Path>) -> BundleSource {
    folder.map_or(BundleSource::Shipped, |folder| {
        BundleSource::Dir(folder.to_owned())
    })
}

/// What a bundle has to fulfil beside being readable.
#[derive(Clone, Debug, Default)]
pub(crate) struct Demands {
    pub signers: PolicySigners,
    /// Its own tests must pass.
    pub tests: bool,
    /// There is a second folder for the audit trail, which its `mode: spool` wants.
    pub spool: bool,
    /// The folder of a bundle that is asked beside it, and decides nothing.
    pub shadow: Option<PathBuf>,
}

impl Demands {
    pub(crate) fn of(config: &Config) -> Self {
        Self {
            signers: config.policy_signers.clone(),
            tests: config.policy_tests,
            spool: config.audit.spool.is_some(),
            shadow: config.shadow_policies.clone(),
        }
    }
}

/// What the folders of bundles look like: the one in force, and the one in shadow mode.
///
/// It is taken before they are read, so that what is written meanwhile is read again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Seen([Option<u64>; 2]);

impl Seen {
    pub(crate) fn of(policies: Option<&Path>, demands: &Demands) -> Self {
        let look = |folder: &Path| fingerprint(folder).ok();
        Self([policies, demands.shadow.as_deref()].map(|folder| folder.and_then(look)))
    }
}

/// Loads a bundle with its limits.
///
/// # Errors
/// Every problem, in all files of the bundle.
pub(crate) fn load(source: &BundleSource, demands: &Demands) -> Result<Governance, Vec<Problem>> {
    let bundle = Bundle::load(source)?;
    let mut problems = Vec::new();
    let shadow = demands.shadow.as_ref().and_then(|folder| {
        Bundle::load(&BundleSource::Dir(folder.clone()))
            .map_err(|wrong| problems.extend(wrong))
            .ok()
    });
    let approvers = approvers(&bundle, &demands.signers);
    if approvers.len() < demands.signers.required {
        problems.push(unsigned(&bundle, &demands.signers, &approvers));
    }
    if demands.tests {
        let report = bundle.test();
        problems.extend(report.problems());
        if report.asked == 0 {
            let message = "this bundle has no tests, and policy_tests in marshal.yaml requires them; write NAME.test.yaml beside the policies";
            problems.push(Problem::in_file(bundle.label(), message));
        }
    }
    let limits = read(
        &bundle,
        "limits.yaml",
        marshal_config::limits,
        &mut problems,
    );
    let audit = read(&bundle, "audit.yaml", marshal_config::audit, &mut problems);
    if let Some(place) = audit.as_ref().and_then(AuditFile::wants_spool)
        && !demands.spool
    {
        let message = "mode: spool records calls in a second folder, and marshal.yaml names none; write audit: {spool: FOLDER} there, best on another disk";
        problems.push(match place {
            Some(place) => Problem::at(place.clone(), message),
            None => Problem::in_file(format!("{}/audit.yaml", bundle.label()), message),
        });
    }
    match limits.zip(audit) {
        Some((limits, audit)) if problems.is_empty() => Ok(Governance {
            digest: bundle.digest(),
            bundle,
            shadow,
            approvers,
            limits: Box::new(FromFile(limits)),
            recording: Box::new(FromAudit(audit)),
        }),
        _ => Err(problems),
    }
}

/// Who signed the bundle as it is, of those whose signature counts.
fn approvers(bundle: &Bundle, signers: &PolicySigners) -> Vec<String> {
    let mut names: Vec<String> = signers
        .keys
        .iter()
        .filter(|(_, key)| {
            let mut signatures = bundle.signatures().iter();
            signatures.any(|one| one.key == **key && one.is_good(bundle.digest()))
        })
        .map(|(name, _)| name.clone())
        .collect();
    names.sort();
    names
}

fn unsigned(bundle: &Bundle, signers: &PolicySigners, approvers: &[String]) -> Problem {
    let known: Vec<&str> = signers.keys.keys().map(String::as_str).collect();
    let have = match approvers {
        [] => "none of theirs stands under these files".to_owned(),
        names => format!("only that of {} stands under these files", names.join(", ")),
    };
    Problem::in_file(
        format!("{}/{SIGNATURES}", bundle.label()),
        format!(
            "a bundle needs {} of the signatures of {} (policy_signers in marshal.yaml), and {have}; sign it with `marshal policy sign`",
            signers.required,
            known.join(", ")
        ),
    )
}

fn read<T>(
    bundle: &Bundle,
    name: &str,
    parse: impl Fn(&str, &str) -> Result<T, Vec<Problem>>,
    problems: &mut Vec<Problem>,
) -> Option<T> {
    let shown = format!("{}/{name}", bundle.label());
    let Some(text) = bundle.files().get(name) else {
        problems.push(Problem::in_file(shown, "is missing from the bundle"));
        return None;
    };
    parse(&shown, text)
        .map_err(|wrong| problems.extend(wrong))
        .ok()
}

#[derive(Debug)]
struct FromFile(LimitsFile);

impl Rules for FromFile {
    fn limit(&self, principal: &Principal) -> Option<LimitRule> {
        self.0.limit_for(principal).map(|limit| LimitRule {
            bucket: limit.bucket(principal),
            requests_per_minute: limit.requests_per_minute,
            tokens_per_minute: limit.tokens_per_minute,
            concurrent_calls: limit
                .concurrent_calls
                .map(|most| u32::try_from(most).unwrap_or(u32::MAX)),
        })
    }

    fn budgets(&self, principal: &Principal) -> Vec<BudgetRule> {
        self.0
            .budgets_for(principal)
            .map(|budget| BudgetRule {
                name: budget.name.clone(),
                account: budget.account(principal),
                period: match budget.period {
                    Period::Day => marshal_state::Period::Day,
                    Period::Month => marshal_state::Period::Month,
                    Period::Total => marshal_state::Period::Total,
                },
                limit: budget.limit,
            })
            .collect()
    }
}

/// `audit.yaml`, as the pipeline asks it.
#[derive(Debug)]
struct FromAudit(AuditFile);

impl Recording for FromAudit {
    fn of(&self, principal: &Principal, classes: &BTreeSet<DataClass>) -> Keeping {
        let (level, payload_days, mode) = self.0.level_for(principal, classes);
        Keeping {
            level: match level {
                AuditLevel::None => RecordLevel::None,
                AuditLevel::Metadata => RecordLevel::Metadata,
                AuditLevel::Request => RecordLevel::Request,
                AuditLevel::Full => RecordLevel::Full,
            },
            payload_days,
            mode: match mode {
                AuditMode::Required => RecordMode::Required,
                AuditMode::Spool => RecordMode::Spool,
                AuditMode::BestEffort => RecordMode::BestEffort,
            },
        }
    }
}
