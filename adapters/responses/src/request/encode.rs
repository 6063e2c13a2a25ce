//! A request, written in this dialect.

use marshal_adapter_api::{ChatRequest, Encoded, Object, Untranslatable};
use marshal_types::Dialect;

use super::{own, settings, turns};

/// Writes `request` for `model`.
pub(crate) fn encode(request: &ChatRequest, model: &str) -> Result<Encoded, Untranslatable> {
    let mut encoded = Encoded::default();
    let dropped = &mut encoded.dropped;
    let mut body = Vec::with_capacity(1024);
    {
        let mut root = Object::new(&mut body);
        root.str("model", model);
        if request.origin == Dialect::Responses {
            own::write(request, &mut root);
        } else {
            settings::refuse(request)?;
            turns::write(request, &mut root, dropped)?;
            settings::tools(request, &mut root, dropped)?;
            settings::output(request, &mut root, dropped)?;
            let thinks = settings::effort(request, &mut root, dropped);
            settings::rest(request, thinks, &mut root, dropped);
        }
    }
    encoded.body = body;
    Ok(encoded)
}
