//! Where text is written next, and how.

use std::rc::Rc;

use crate::pdf::font::Font;
use crate::pdf::ink::Matrix;
use crate::pdf::object::Object;

/// The state of writing, as far as text needs it.
#[derive(Clone)]
pub(crate) struct State {
    /// From the stream's plane to the page's.
    pub(crate) around: Matrix,
    text: Matrix,
    line: Matrix,
    pub(crate) font: Option<Rc<Font>>,
    pub(crate) size: f64,
    pub(crate) character: f64,
    pub(crate) word: f64,
    scale: f64,
    leading: f64,
    rise: f64,
}

impl State {
    pub(crate) fn new(around: Matrix) -> Self {
        Self {
            around,
            text: Matrix::SAME,
            line: Matrix::SAME,
            font: None,
            size: 0.0,
            character: 0.0,
            word: 0.0,
            scale: 1.0,
            leading: 0.0,
            rise: 0.0,
        }
    }

    /// Operators that move, and those that set how to write.
    pub(crate) fn operator(&mut self, word: &[u8], operands: &[Object]) {
        let number = |index: usize| operands.get(index).and_then(Object::number).unwrap_or(0.0);
        match word {
            b"cm" => self.around = matrix(operands).then(self.around),
            b"BT" => {
                self.text = Matrix::SAME;
                self.line = Matrix::SAME;
            }
            b"Tm" => {
                self.line = matrix(operands);
                self.text = self.line;
            }
            b"Td" => self.move_line(number(0), number(1)),
            b"TD" => {
                self.leading = -number(1);
                self.move_line(number(0), number(1));
            }
            b"T*" => self.next_line(),
            b"Tc" => self.character = number(0),
            b"Tw" => self.word = number(0),
            b"Tz" => self.scale = number(0) / 100.0,
            b"TL" => self.leading = number(0),
            b"Ts" => self.rise = number(0),
            _ => {}
        }
    }

    fn move_line(&mut self, x: f64, y: f64) {
        self.line = self.line.moved(x, y);
        self.text = self.line;
    }

    pub(crate) fn next_line(&mut self) {
        self.move_line(0.0, -self.leading);
    }

    /// Behind a character.
    pub(crate) fn forward(&mut self, width: f64, blank: bool) {
        let gap = self.character + if blank { self.word } else { 0.0 };
        self.text = self
            .text
            .moved((width / 1000.0 * self.size + gap) * self.scale, 0.0);
    }

    /// Back by thousandths of the font's size.
    pub(crate) fn back(&mut self, number: f64) {
        self.text = self
            .text
            .moved(-number / 1000.0 * self.size * self.scale, 0.0);
    }

    /// The place on the page where the next character stands.
    pub(crate) fn here(&self) -> Matrix {
        // What is raised a little stays in its line.
        self.text.moved(0.0, self.rise * 0.5).then(self.around)
    }
}

fn matrix(operands: &[Object]) -> Matrix {
    let mut matrix = Matrix::SAME;
    for (slot, value) in matrix.0.iter_mut().zip(operands) {
        *slot = value.number().unwrap_or(0.0);
    }
    matrix
}
