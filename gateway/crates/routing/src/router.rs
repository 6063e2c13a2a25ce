//! Plans, and the memory that they are made from.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use marshal_types::{Clock, TargetName};
use parking_lot::{Mutex, RwLock};

use crate::health::{Admission, Health, TargetHealth};
use crate::plan::lacks;
use crate::score::{self, Measure, Scale};
use crate::{Need, Plan, Planned, Removed, Strategy, Target};

/// What became of one attempt at a target.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// It answered.
    Ok {
        /// From the request sent to the first byte of the answer.
        first_byte: Duration,
    },
    /// It failed, by its own doing: no connection, no answer in time, a status from 500 on.
    Failed,
    /// It said that there were too many requests.
    Limited {
        /// How long it asked to be left alone.
        retry_after: Option<Duration>,
    },
}

/// Makes plans. Cheap to ask; one for the whole process, so that every call learns from every other.
#[derive(Debug)]
pub struct Router {
    clock: Arc<dyn Clock>,
    health: RwLock<HashMap<TargetName, Mutex<Health>>>,
}

struct Candidate<'a> {
    target: &'a Arc<Target>,
    admission: Admission,
    measure: Measure,
    foreign: bool,
    score: i64,
}

impl Router {
    /// A router that remembers nothing yet.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            health: RwLock::default(),
        }
    }

    /// The plan for a call. Whoever makes it is expected to try its first target and to report: where that target is
    /// being tried after failures, or was never measured, other calls leave it alone for a while.
    #[must_use]
    pub fn plan(&self, need: &Need, candidates: &[Arc<Target>], strategy: Strategy) -> Plan {
        let now = self.clock.monotonic();
        let plan = self.preview_at(now, need, candidates, strategy);
        if let Some(first) = plan.order.first() {
            self.take_try(now, &first.target.name);
        }
        plan
    }

    /// The plan that a call would get, for someone who only wants to know.
    #[must_use]
    pub fn preview(&self, need: &Need, candidates: &[Arc<Target>], strategy: Strategy) -> Plan {
        self.preview_at(self.clock.monotonic(), need, candidates, strategy)
    }

    /// Remembers what became of an attempt. A call that the client gave up on says nothing about the target.
    pub fn report(&self, target: &TargetName, outcome: Outcome) {
        let now = self.clock.monotonic();
        self.remember(target, |health| match outcome {
            Outcome::Ok { first_byte } => health.succeeded(now, first_byte),
            Outcome::Failed => health.failed(now),
            Outcome::Limited { retry_after } => health.limited(now, retry_after),
        });
    }

    /// How every target does that was ever called, by name.
    #[must_use]
    pub fn health(&self) -> Vec<TargetHealth> {
        let now = self.clock.monotonic();
        let health = self.health.read();
        let mut all: Vec<TargetHealth> = health
            .iter()
            .map(|(target, health)| health.lock().describe(target, now))
            .collect();
        all.sort_unstable_by(|a, b| a.target.cmp(&b.target));
        all
    }

    fn preview_at(
        &self,
        now: Duration,
        need: &Need,
        candidates: &[Arc<Target>],
        strategy: Strategy,
    ) -> Plan {
        let mut plan = Plan::default();
        let mut able = self.able(now, need, candidates, &mut plan.removed);
        let mut scale = Scale::default();
        able.iter().for_each(|one| scale.widen(&one.measure));
        for one in &mut able {
            one.score = score::score(strategy, &one.measure, scale);
        }
        let least_bad = least_bad(&able);
        let stays = |one: &Candidate<'_>| {
            !matches!(one.admission, Admission::Out { .. }) || least_bad == Some(one.measure.place)
        };
        for one in able.iter().filter(|one| !stays(one)) {
            if let Admission::Out { why, .. } = one.admission {
                plan.removed.push(removed(one.target, Cow::Borrowed(why)));
            }
        }
        able.retain(stays);
        able.sort_by_key(|one| (one.score, one.foreign, one.measure.place));
        plan.order = able
            .iter()
            .enumerate()
            .map(|(index, one)| planned(one, strategy, index == 0))
            .collect();
        plan
    }

    /// The candidates that can serve the call, each with what is known of it; the others go to `out`.
    fn able<'a>(
        &self,
        now: Duration,
        need: &Need,
        candidates: &'a [Arc<Target>],
        out: &mut Vec<Removed>,
    ) -> Vec<Candidate<'a>> {
        let mut able = Vec::with_capacity(candidates.len());
        let health = self.health.read();
        let fresh = Health::default();
        for (place, target) in candidates.iter().enumerate() {
            if let Some(why) = lacks(target, need) {
                out.push(removed(target, why));
                continue;
            }
            let of = |health: &Health| (health.admission(now), health.latency_us(now));
            let (admission, latency) = match health.get(&target.name) {
                Some(health) => of(&health.lock()),
                None => of(&fresh),
            };
            able.push(Candidate {
                target,
                admission,
                measure: Measure {
                    cost: score::cost(target, need),
                    latency,
                    place,
                },
                foreign: !target.dialects.contains(&need.dialect),
                score: 0,
            });
        }
        able
    }

    fn take_try(&self, now: Duration, target: &TargetName) {
        let health = self.health.read();
        match health.get(target) {
            Some(health) => {
                let mut health = health.lock();
                if health.wants_try(now) {
                    health.take_try(now);
                }
            }
            None => {
                drop(health);
                self.remember(target, |health| health.take_try(now));
            }
        }
    }

    fn remember(&self, target: &TargetName, change: impl FnOnce(&mut Health)) {
        let health = self.health.read();
        if let Some(health) = health.get(target) {
            return change(&mut health.lock());
        }
        drop(health);
        change(
            self.health
                .write()
                .entry(target.clone())
                .or_default()
                .get_mut(),
        );
    }
}

/// Where health would leave nothing: the place of the target that recovers first.
fn least_bad(able: &[Candidate<'_>]) -> Option<usize> {
    let mut best: Option<(Duration, usize)> = None;
    for one in able {
        let Admission::Out { until, .. } = one.admission else {
            return None;
        };
        best = best.map_or(Some((until, one.measure.place)), |best| {
            Some(best.min((until, one.measure.place)))
        });
    }
    best.map(|(_, place)| place)
}

fn planned(one: &Candidate<'_>, strategy: Strategy, first: bool) -> Planned {
    let why = match one.admission {
        Admission::Free => score::why(strategy, &one.measure, first),
        Admission::Try => Cow::Borrowed("breaker half-open: this call tries it"),
        Admission::Out { .. } => {
            Cow::Borrowed("every candidate is unhealthy; this one recovers first")
        }
    };
    Planned {
        target: Arc::clone(one.target),
        score: one.score,
        why,
    }
}

fn removed(target: &Arc<Target>, why: Cow<'static, str>) -> Removed {
    Removed {
        target: target.name.clone(),
        why,
    }
}
