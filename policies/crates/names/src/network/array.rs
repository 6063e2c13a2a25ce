//! A stored array of numbers, held against the shape that is asked of it.

use crate::msgpack::Value;

/// A C-ordered array.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Array {
    pub(crate) shape: Vec<usize>,
    pub(crate) data: Vec<f32>,
}

impl Array {
    /// # Errors
    /// Where `value` is not an array of finite 32-bit floats that fill its shape.
    pub(crate) fn new(value: &Value<'_>) -> Result<Self, String> {
        let is = |key: &str, needed: &str| match value.get(key) {
            Some(Value::Text(text)) => *text == needed,
            Some(Value::Bytes(bytes)) => *bytes == needed.as_bytes(),
            _ => false,
        };
        if value.get("nd") != Some(&Value::Boolean(true)) || !is("type", "<f4") || !is("kind", "") {
            return Err("not an array of 32-bit floats".into());
        }
        let shape = value.get("shape").and_then(Value::list).ok_or("no shape")?;
        let shape: Vec<usize> = shape
            .iter()
            .map(Value::size)
            .collect::<Option<_>>()
            .ok_or("a shape of other than counts")?;
        let bytes = value.get("data").and_then(Value::bytes).ok_or("no data")?;
        let length = shape
            .iter()
            .try_fold(4_usize, |product, side| product.checked_mul(*side));
        if length != Some(bytes.len()) || bytes.is_empty() {
            return Err(format!(
                "{} bytes of data do not fill the shape {shape:?}",
                bytes.len()
            ));
        }
        let data: Vec<f32> = bytes
            .as_chunks::<4>()
            .0
            .iter()
            .map(|bytes| f32::from_le_bytes(*bytes))
            .collect();
        if data.iter().any(|number| !number.is_finite()) {
            return Err("a number that is not finite".into());
        }
        Ok(Self { shape, data })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored<'b>(shape: &[i64], data: &'b [u8]) -> Value<'b> {
        let shape = shape.iter().map(|side| Value::Integer(*side)).collect();
        let pairs = [
            ("nd", Value::Boolean(true)),
            ("type", Value::Bytes(b"<f4")),
            ("kind", Value::Bytes(b"")),
            ("shape", Value::List(shape)),
            ("data", Value::Bytes(data)),
        ];
        Value::Map(
            pairs
                .into_iter()
                .map(|(key, value)| (Value::Bytes(key.as_bytes()), value))
                .collect(),
        )
    }

    #[test]
    fn an_array_must_fill_its_shape_with_finite_numbers() {
        let data: Vec<u8> = [1_f32, 2.0]
            .iter()
            .flat_map(|number| number.to_le_bytes())
            .collect();
        let array = Array::new(&stored(&[2, 1], &data)).unwrap();
        assert_eq!((array.shape, array.data), (vec![2, 1], vec![1.0, 2.0]));
        assert!(
            Array::new(&stored(&[3], &data))
                .unwrap_err()
                .contains("do not fill")
        );
        assert!(
            Array::new(&stored(&[i64::MAX, 8], &data))
                .unwrap_err()
                .contains("do not fill")
        );
        assert!(Array::new(&stored(&[-2, -1], &data)).is_err());
        assert!(Array::new(&stored(&[0], &[])).is_err());
        assert!(
            Array::new(&stored(&[1], &f32::NAN.to_le_bytes()))
                .unwrap_err()
                .contains("finite")
        );
        assert!(Array::new(&Value::Nil).is_err());
    }
}
