//! The bytes of streams: where they end, and through which filters they go.

use std::rc::Rc;

use super::file::File;
use super::filter;
use super::object::{Dict, Object, Stream};
use crate::Failure;
use crate::work::Work;

impl File<'_> {
    /// The decoded bytes of a stream; nothing where a filter is not for text.
    pub(crate) fn data(
        &mut self,
        stream: &Stream,
        work: &mut Work<'_>,
    ) -> Result<Option<Vec<u8>>, Failure> {
        let end = self.end(stream, work)?;
        let raw = self.bytes.get(stream.start..end).unwrap_or_default();
        let filters = self.listed(&stream.dict, [b"Filter", b"F"], work)?;
        let parameters = self.listed(&stream.dict, [b"DecodeParms", b"DP"], work)?;
        let mut chain = Vec::new();
        for (index, filter) in filters.iter().enumerate().take(16) {
            let Some(name) = filter.name() else { continue };
            let mut own = [1, 8, 1, 1, 1];
            if let Some(dict) = parameters.get(index).and_then(Object::dict) {
                let keys = [
                    b"Columns".as_slice(),
                    b"BitsPerComponent",
                    b"Colors",
                    b"Predictor",
                    b"EarlyChange",
                ];
                for (slot, key) in own.iter_mut().zip(keys) {
                    *slot = self
                        .entry(&Rc::clone(dict), key, work)?
                        .count()
                        .unwrap_or(*slot);
                }
            }
            chain.push((name.to_vec(), filter::Parameters::from(own)));
        }
        filter::decode(raw, &chain, work)
    }

    /// One value or a list of them, resolved.
    fn listed(
        &mut self,
        dict: &Dict,
        keys: [&[u8]; 2],
        work: &mut Work<'_>,
    ) -> Result<Vec<Object>, Failure> {
        let mut value = Object::Null;
        for key in keys {
            if value == Object::Null {
                value = self.entry(dict, key, work)?;
            }
        }
        match value {
            Object::Array(list) => list
                .iter()
                .take(16)
                .map(|item| self.resolve(item, work))
                .collect(),
            Object::Null => Ok(Vec::new()),
            // A file named by a text is outside of the document, and is not read.
            Object::Text(_) => Ok(Vec::new()),
            value => Ok(vec![value]),
        }
    }

    /// Where a stream ends: by its length if that is right, else by the word that ends it.
    fn end(&mut self, stream: &Stream, work: &mut Work<'_>) -> Result<usize, Failure> {
        let length = self.entry(&stream.dict, b"Length", work)?.count();
        if let Some(end) = length.and_then(|length| stream.start.checked_add(length)) {
            let tail = self.bytes.get(end..).unwrap_or_default();
            if tail
                .get(..32)
                .unwrap_or(tail)
                .trim_ascii_start()
                .starts_with(b"endstream")
            {
                return Ok(end);
            }
        }
        if self.ends.is_none() {
            work.step(self.bytes.len())?;
            self.ends = Some(memchr::memmem::find_iter(self.bytes, b"endstream").collect());
        }
        let ends = self.ends.as_deref().unwrap_or_default();
        let next = ends.partition_point(|end| *end < stream.start);
        Ok(ends.get(next).copied().unwrap_or(self.bytes.len()))
    }
}
