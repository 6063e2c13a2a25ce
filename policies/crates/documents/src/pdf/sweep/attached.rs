//! Files within the file.

use std::rc::Rc;

use super::Sweep;
use crate::Failure;
use crate::pdf::encodings::outside;
use crate::pdf::object::{Dict, Object, Stream};

/// A file within the file.
pub(super) struct Attached {
    name: String,
    stream: Rc<Stream>,
}

impl Sweep<'_, '_, '_, '_, '_> {
    /// The streams of a file specification.
    pub(super) fn embedded(
        &mut self,
        dict: &Dict,
        value: &Object,
        attached: &mut Vec<Attached>,
    ) -> Result<(), Failure> {
        let mut name = Object::Null;
        for key in [b"UF".as_slice(), b"F"] {
            if name.text().is_none() {
                name = self.file.entry(dict, key, self.work)?;
            }
        }
        let files = self.file.resolve(value, self.work)?;
        let Some(files) = files.dict() else {
            return Ok(());
        };
        for file in files.values() {
            if let Object::Ref(number) = file
                && !self.seen.insert(*number)
            {
                continue;
            }
            if let Object::Stream(stream) = self.file.resolve(file, self.work)?
                && attached.len() < self.work.limits.entries
            {
                attached.push(Attached {
                    name: outside(name.text().unwrap_or_default()),
                    stream,
                });
            }
        }
        Ok(())
    }

    pub(super) fn attached(&mut self, file: &Attached) -> Result<(), Failure> {
        match self.file.data(&file.stream, self.work)? {
            Some(data) => {
                if self.work.embed(&file.name, None, &data)? {
                    self.work.incomplete();
                }
            }
            None => self.work.incomplete(),
        }
        Ok(())
    }
}
