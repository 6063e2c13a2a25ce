//! Documents made by hand: what is read, what is refused, and that hostile ones cost little.

#[cfg(test)]
mod archives;
#[cfg(test)]
mod build;
mod formats;
mod markup;
#[cfg(test)]
mod mutations;
#[cfg(test)]
mod papers;
#[cfg(test)]
mod streams;
