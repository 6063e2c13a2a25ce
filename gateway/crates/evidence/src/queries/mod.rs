//! The closed set of questions that a control can put to the records.
//!
//! Each folds over the records of one pass and then answers. A question that asks whether something did *not* happen
//! counts the calls that would have said so: without calls its answer is `no_records`.

mod access;
mod callers;
mod checkpoints;
mod content;
mod data;
mod keeping;
mod keys;
mod operations;
mod policy;
mod purpose;
mod retention;
mod shadow;
mod suppliers;
mod targets;
mod trail;

use marshal_audit::Report;
use marshal_types::Timestamp;

use crate::answer::Answer;
use crate::framework::Retention;
use crate::pass::{Period, See};

/// The names of the facts of a target that are about its provider.
pub(crate) fn supplier_facts() -> impl Iterator<Item = &'static str> {
    suppliers::FACTS.into_iter()
}

/// What an answer may depend on besides the records.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) verification: &'a Report,
    pub(crate) period: Period,
    pub(crate) now: Timestamp,
    pub(crate) retention: Option<Retention>,
    pub(crate) regions: &'a [String],
}

/// A question that is being put.
pub(crate) trait Query: See {
    /// Once every record was seen.
    fn answer(self: Box<Self>, asked: &Asked<'_>) -> Answer;
}

macro_rules! queries {
    ($($variant:ident = $name:literal, $fold:path, $means:literal;)*) => {
        /// The name of a query.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum QueryName {
            $(#[doc = $means] $variant,)*
        }

        impl QueryName {
            /// Every query.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name in `frameworks/*.yaml` and in reports.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What it asks, in plain words.
            #[must_use]
            pub const fn means(self) -> &'static str {
                match self { $(Self::$variant => $means,)* }
            }

            /// Begins to ask.
            pub(crate) fn begin(self) -> Box<dyn Query> {
                match self { $(Self::$variant => Box::<$fold>::default(),)* }
            }
        }
    };
}

queries! {
    EveryCallHasAnEnding = "every_call_has_an_ending", trail::Endings,
        "Does every attempt that was begun have exactly one ending? Attempts that were interrupted or are still open are gaps.";
    TrailVerifies = "trail_verifies", trail::Verifies,
        "Does the whole trail verify: no record changed, removed, added or moved?";
    CheckpointsSigned = "checkpoints_signed", checkpoints::Checkpoints,
        "Are the records of the period under signed checkpoints? Records after the last checkpoint of a chain are a gap.";
    RetentionCovers = "retention_covers", retention::Retained,
        "How far back does the trail reach, and for how long do the policies want records kept? Less than the framework's floor is a gap.";
    TrailStartedAndStopped = "trail_started_and_stopped", trail::Starts,
        "When did recording begin, end and resume? A chain without an end in good order, or one that had to resume after a failed write, is a gap.";
    DenialsByCode = "denials_by_code", policy::Denials,
        "Which calls were refused, by code and by the policy line that decided?";
    RefusedCredentials = "refused_credentials", access::RefusedCredentials,
        "Which calls were refused for their credential (none, unknown, revoked) or for want of access?";
    PurposesDenied = "purposes_denied", purpose::Denied,
        "Which calls that stated a purpose were refused by a policy line, by purpose and line?";
    PurposeStated = "purpose_stated", purpose::Stated,
        "Which purposes did callers state? Calls to a provider without a purpose are a gap.";
    SensitiveDataFound = "sensitive_data_found", data::SensitiveData,
        "What sensitive data was found, by class, entity and what was done with it? Card and health data that was only recorded is a gap.";
    GuardsActed = "guards_acted", content::GuardsActed,
        "What did guards find (signatures of injection, hidden text, exfiltration, canaries, services), and what was done?";
    GuardsFailedOpen = "guards_failed_open", content::FailedOpen,
        "Was anything let through because a guard or detector could not look at it? Each such case is a gap; a case that was stopped is evidence.";
    UninspectedContent = "uninspected_content", content::Uninspected,
        "Was content let through that no detector can read, such as sound or pictures? Each such call is a gap.";
    StreamsCutByPolicy = "streams_cut_by_policy", content::Cut,
        "Which answers did the data policy or a guard end?";
    KeysCreatedAndRevoked = "keys_created_and_revoked", keys::Changes,
        "Which keys were made, replaced and revoked, and by whom?";
    AccessReviews = "access_reviews", keys::Unused,
        "Which keys that are in force were not used in the period? Each is a gap: somebody should say whether it is still needed.";
    CallersNamed = "callers_named", callers::Named,
        "Does every call name the person or the service behind its key? Calls by keys that name neither are a gap.";
    BreakGlassUsed = "break_glass_used", access::BreakGlass,
        "Which calls came with a key made for an emergency, and for what reason? One without a reason is a gap.";
    AdminSignIns = "admin_sign_ins", access::SignIns,
        "Who signed in to the control plane, who was refused there, and who read what was said in a call?";
    PolicyChangesSigned = "policy_changes_signed", policy::Changes,
        "Which changes of policy came into force, and who signed them? A change without an approver is a gap; refused changes are listed.";
    DecisionsNameTheirPolicy = "decisions_name_their_policy", policy::Decisions,
        "Does every decision name the policies in force by their digest, and every call that went out the line that allowed it?";
    ShadowRules = "shadow_rules", shadow::Shadow,
        "Which policy lines and detectors only recorded what they would have done? A line that never decided anything is a gap.";
    ObligationsHeld = "obligations_held", policy::Obliged,
        "What did the policies oblige calls to (most tokens, regions, no copy at the provider, approvals, redaction, retention)?";
    TransparencyObligations = "transparency_obligations", policy::Transparency,
        "Which calls were obliged to disclose or mark that an AI answered?";
    ToolsGoverned = "tools_governed", policy::Tools,
        "Which calls brought tools along, and which of them were refused?";
    ModelsAndProvidersUsed = "models_and_providers_used", targets::Used,
        "Which models of which providers were used, when, how often and at what cost?";
    SupplierFacts = "supplier_facts", suppliers::Facts,
        "What was known of the providers' contracts and terms when data went to them? Sensitive data sent without the fact that its class wants is a gap.";
    DataLeftRegion = "data_left_region", targets::Regions,
        "Into which regions did calls go? Sensitive data sent to a target of unknown region, or out of the framework's own regions, is a gap.";
    DataKeptFromTargets = "data_kept_from_targets", targets::KeptBack,
        "Which targets were ruled out for a call, and which calls could go nowhere because of what was found in them?";
    UnpricedTargets = "unpriced_targets", targets::Unpriced,
        "Did calls go to targets whose price nobody stated? Each is a gap: no budget holds there.";
    LimitsHeld = "limits_held", operations::Limits,
        "Which calls were refused by a rate limit, a budget or because the gateway was full, and how many were obliged to a most of tokens?";
    CostByTenant = "cost_by_tenant", operations::Costs,
        "What did each tenant use and spend?";
    ErrorsAndIncidents = "errors_and_incidents", operations::Incidents,
        "What failed, at providers and in the gateway? The gateway's own failures are gaps.";
    ErasuresDone = "erasures_done", keeping::Erasures,
        "Which requests to erase were carried out? One that a hold stopped is a gap.";
    HoldsInForce = "holds_in_force", keeping::Holds,
        "Which legal holds are in force at the end of the period, and which ended in it? One without a reason is a gap.";
    ExportsMade = "exports_made", keeping::Exports,
        "Who exported which records to where, and where do they go as they come?";
}
