//! `marshal audit …`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Checks the whole trail offline: chains, order, signatures, and that each intent has one ending.
    #[command(
        after_help = "Examples:\n  marshal audit verify ./marshal-data --json\n  marshal audit verify copy/ --key \"$(cat marshal.pub)\" --checkpoint kept.txt"
    )]
    Verify {
        /// The data folder; without it the configured one.
        dir: Option<PathBuf>,
        /// The only keys that may have signed it, as `marshal audit key` printed them.
        #[arg(long, value_name = "BASE64")]
        key: Vec<String>,
        /// Checkpoints that were kept elsewhere: the trail has to contain what they sign.
        #[arg(long, value_name = "FILE")]
        checkpoint: Vec<PathBuf>,
        /// Witnesses that have to have confirmed these checkpoints, as `marshal audit key --witness` printed them there.
        #[arg(long, value_name = "VKEY", requires = "checkpoint")]
        witness: Vec<String>,
    },
    /// Writes proofs that a call's records stand in the signed trail, or checks one.
    #[command(
        after_help = "Examples:\n  marshal audit prove 0193f1c2-7d5e-7c3a-9f00-2b1c8d4e6f70\n  marshal audit prove --check CALL-1.tlog-proof --key \"$(cat marshal.pub)\""
    )]
    Prove {
        /// The id from the `x-marshal-call-id` header.
        #[arg(required_unless_present = "check")]
        call: Option<String>,
        /// Where the proofs go.
        #[arg(long, value_name = "DIR", default_value = ".")]
        to: PathBuf,
        /// A proof to check.
        #[arg(long, value_name = "FILE", conflicts_with = "call", requires = "key")]
        check: Option<PathBuf>,
        /// With `--check`: the keys that may have signed it.
        #[arg(long, value_name = "BASE64")]
        key: Vec<String>,
    },
    /// What came between two checkpoints, with the proof that nothing before was changed.
    #[command(after_help = "Example:\n  marshal audit diff kept.txt")]
    Diff {
        /// The older checkpoint.
        old: PathBuf,
        /// The newer one; without it the newest of the same chain.
        new: Option<PathBuf>,
    },
    /// Prints the newest checkpoint, for somebody else to keep.
    #[command(after_help = "Example:\n  marshal audit checkpoint > kept.txt")]
    Checkpoint,
    /// Prints the public key that checkpoints are signed with.
    #[command(after_help = "Example:\n  marshal audit key > marshal.pub")]
    Key {
        /// As the key of a witness, for another gateway's `audit.anchors`.
        #[arg(long)]
        witness: bool,
    },
    /// Writes a chain as static files that other tools read: tiles, entries and a checkpoint (C2SP tlog-tiles).
    #[command(after_help = "Example:\n  marshal audit tiles --to ./tiles")]
    Tiles {
        /// The chain; without it the newest.
        #[arg(long)]
        chain: Option<String>,
        /// Where the files go.
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
    },
    /// One call's whole story.
    #[command(after_help = "Example:\n  marshal audit show 0193f1c2-7d5e-7c3a-9f00-2b1c8d4e6f70")]
    Show {
        /// The id from the `x-marshal-call-id` header.
        call: String,
        /// With what was said, where a policy had it kept.
        #[arg(long)]
        payload: bool,
        /// Whichever gateway it was, of those that bring their records to the database of `audit.fleet`.
        #[arg(long)]
        fleet: bool,
    },
    /// Ends the keys of what a person said in calls: nobody can read it any more, and proofs of records still hold.
    #[command(
        after_help = "Example:\n  marshal audit erase --subject u:ada --reason 'asked on 30 November'"
    )]
    Erase(EraseAsked),
    /// Keeps what was said from being erased, and its time from ending.
    #[command(
        after_help = "Examples:\n  marshal audit hold 'case 7' --subject u:ada --reason 'a court order'\n  marshal audit hold audit-2026 --all --until 2027-01-01 --reason 'yearly audit'"
    )]
    Hold(HoldAsked),
    /// Ends a hold.
    #[command(after_help = "Example:\n  marshal audit release 'case 7'")]
    Release {
        /// Its name.
        name: String,
    },
    /// The holds.
    #[command(after_help = "Example:\n  marshal audit holds")]
    Holds,
    /// Brings the trails of a fleet together, out of its database, each node's in a folder of its own, and verifies each.
    #[command(
        after_help = "Example:\n  marshal audit collect --to ./fleet --key \"$(cat one.pub)\" --key \"$(cat two.pub)\""
    )]
    Collect {
        /// Where they go: a folder that is not there yet.
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
        /// The only keys that may have signed them, as `marshal audit key` printed them on each node.
        #[arg(long, value_name = "BASE64")]
        key: Vec<String>,
        /// A checkpoint that somebody kept: its node's trail has to contain what it signs.
        #[arg(long, value_name = "FILE")]
        checkpoint: Vec<PathBuf>,
        /// A node that has to be there, by its `audit.name`.
        #[arg(long, value_name = "NAME")]
        node: Vec<String>,
    },
    /// The newest calls.
    #[command(
        after_help = "Examples:\n  marshal audit query --limit 20 --tenant default\n  marshal audit query --code data_blocked --since 2026-11-01 --until 2026-12-01"
    )]
    Query(AuditQuery),
    /// What the records show for each control of a framework, and what is missing; or checks a bundle of such evidence.
    #[command(
        after_help = "Examples:\n  marshal audit report --framework eu-ai-act --from 2026-11-01 --to 2026-12-01 --format html --output report.html\n  marshal audit report --framework soc2 --from 2026-11-01 --to 2026-12-01 --format bundle --output evidence/\n  marshal audit report --check evidence/ --key \"$(cat marshal.pub)\""
    )]
    Report {
        /// eu-ai-act, iso-42001, nist-ai-rmf, soc2, hipaa, gdpr, pci, owasp-llm.
        #[arg(long, required_unless_present = "check")]
        framework: Option<String>,
        /// The first day, or a time: 2026-11-01, 2026-11-01T00:00:00Z.
        #[arg(long, value_name = "TIME", required_unless_present = "check")]
        from: Option<String>,
        /// The end, which is no part of it.
        #[arg(long, value_name = "TIME", required_unless_present = "check")]
        to: Option<String>,
        /// How it is written; a bundle is a folder that is checked offline.
        #[arg(long, value_enum, default_value_t = Format::Json)]
        format: Format,
        /// A bundle has a copy of the whole trail as well, so that whoever checks it puts the questions anew.
        #[arg(long)]
        records: bool,
        /// Where it goes; without it to standard output.
        #[arg(long, value_name = "PATH")]
        output: Option<PathBuf>,
        /// A bundle to check.
        #[arg(
            long,
            value_name = "DIR",
            conflicts_with = "framework",
            requires = "key"
        )]
        check: Option<PathBuf>,
        /// With `--check`: the keys that may have signed it.
        #[arg(long, value_name = "BASE64")]
        key: Vec<String>,
    },
    /// The models and providers that were used; with a target its fact sheet, month by month.
    #[command(
        after_help = "Examples:\n  marshal audit inventory --from 2026-11-01 --to 2026-12-01\n  marshal audit inventory openai/gpt-4o --from 2026-01-01 --to 2027-01-01 --format html --output gpt-4o.html"
    )]
    Inventory {
        /// `provider/model`.
        target: Option<String>,
        #[command(flatten)]
        period: Period,
        /// json or html.
        #[arg(long, value_enum, default_value_t = Format::Json)]
        format: Format,
        /// Where it goes; without it to standard output.
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Writes the records of the trail into a file. The trail says who did, how many records there were and where they went.
    #[command(
        after_help = "Examples:\n  marshal audit export --format csv --output audit.csv --since 2026-11-01 --until 2026-12-01\n  marshal audit export --format parquet --output audit.parquet --tenant default"
    )]
    Export(ExportAsked),
    /// Brings the index that questions are answered from up to date; it is made from the trail and may be removed.
    #[command(after_help = "Example:\n  marshal audit index --rebuild")]
    Index {
        /// Forgets it first.
        #[arg(long)]
        rebuild: bool,
    },
}

/// Whose words are to be erased.
#[derive(Debug, Args)]
pub(crate) struct EraseAsked {
    /// A user, or a key whose calls name no user: u:ada, k:KEYID.
    #[arg(long)]
    pub subject: String,
    /// The tenant.
    #[arg(long, default_value = "default")]
    pub tenant: String,
    /// Why, for the record.
    #[arg(long)]
    pub reason: String,
}

/// Which records are to be exported, and how.
#[derive(Debug, Args)]
pub(crate) struct ExportAsked {
    /// How the file is written.
    #[arg(long, value_enum)]
    pub format: Table,
    /// The file. One that is there is replaced, once all of the new one is written.
    #[arg(long, value_name = "FILE")]
    pub output: PathBuf,
    /// Only records of this day or time on: 2026-11-30, 2026-11-30T12:00:00Z.
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Only records from before this day or time.
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// Only this tenant's calls and keys.
    #[arg(long)]
    pub tenant: Option<String>,
}

/// How an exported file is written.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Table {
    /// A JSON object a line, with the record as it stands in the trail.
    Jsonl,
    /// The main columns, a row a record.
    Csv,
    /// The main columns and the record as it stands in the trail.
    Parquet,
}

/// What is to be held.
#[derive(Debug, Args)]
pub(crate) struct HoldAsked {
    /// The matter's name.
    pub name: String,
    /// A user, or a key whose calls name no user: u:ada, k:KEYID.
    #[arg(long)]
    pub subject: Option<String>,
    /// The tenant: of the subject, or all of it.
    #[arg(long, required_unless_present_any = ["subject", "all"])]
    pub tenant: Option<String>,
    /// Everything.
    #[arg(long, conflicts_with_all = ["subject", "tenant"])]
    pub all: bool,
    /// Why, for the record.
    #[arg(long)]
    pub reason: String,
    /// From when on it ends by itself: 2027-01-01.
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
}

/// From when until when, in UTC.
#[derive(Debug, Args)]
pub(crate) struct Period {
    /// The first day, or a time: 2026-11-01, 2026-11-01T00:00:00Z.
    #[arg(long, value_name = "TIME")]
    pub from: String,
    /// The end, which is no part of it.
    #[arg(long, value_name = "TIME")]
    pub to: String,
}

/// How a report is written.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Format {
    /// For machines.
    Json,
    /// One page that needs nothing else.
    Html,
    /// A folder with the report, proofs, policies and a verifier.
    Bundle,
}

/// Which calls are wanted.
#[derive(Debug, Args)]
pub(crate) struct AuditQuery {
    /// How many, at most 1000.
    #[arg(long, default_value_t = 20)]
    limit: usize,
    /// Only those older than this call: the last of the page before.
    #[arg(long, value_name = "CALL")]
    before: Option<String>,
    /// Only of this day or time on: 2026-11-30, 2026-11-30T12:00:00Z.
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Only until before this day or time.
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Only of this tenant.
    #[arg(long)]
    tenant: Option<String>,
    /// Only of this key.
    #[arg(long)]
    key: Option<String>,
    /// Only of this user.
    #[arg(long)]
    user: Option<String>,
    /// Only of this team.
    #[arg(long)]
    team: Option<String>,
    /// Only of this service.
    #[arg(long)]
    service: Option<String>,
    /// Only those with this code.
    #[arg(long)]
    code: Option<String>,
    /// Only those that ended so: ok, denied, upstream_error, upstream_broken, client_gone, blocked, interrupted, open.
    #[arg(long)]
    result: Option<String>,
    /// Only those that asked for this model or were answered by it.
    #[arg(long)]
    model: Option<String>,
    /// Only those of this provider.
    #[arg(long)]
    provider: Option<String>,
    /// Only those in which this data class was found.
    #[arg(long)]
    class: Option<String>,
    /// Of all gateways that bring their records to the database of `audit.fleet`.
    #[arg(long)]
    pub fleet: bool,
}

impl AuditQuery {
    /// The same as the control plane asks it.
    pub(crate) fn query(self) -> marshal_admin::CallQuery {
        let text = Option::unwrap_or_default;
        marshal_admin::CallQuery {
            limit: self.limit.to_string(),
            before: text(self.before),
            since: text(self.since),
            until: text(self.until),
            tenant: text(self.tenant),
            key: text(self.key),
            user: text(self.user),
            team: text(self.team),
            service: text(self.service),
            code: text(self.code),
            result: text(self.result),
            model: text(self.model),
            provider: text(self.provider),
            class: text(self.class),
        }
    }
}
