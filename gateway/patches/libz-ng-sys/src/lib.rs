//! zlib-rs under the name of zlib-ng's crate: what flate2 calls of it, and no more.
//!
//! The two differ in the type of a stream's allocator, which cannot be absent in zlib-ng's. So a stream has a type of
//! its own here, laid out like zlib-rs's, and is handed on as that.
#![allow(non_camel_case_types, non_snake_case, reason = "zlib's own names")]

use std::ffi::{c_char, c_int, c_uchar, c_uint};

pub use libz_rs_sys::{
    Z_BLOCK, Z_BUF_ERROR, Z_DATA_ERROR, Z_DEFAULT_STRATEGY, Z_DEFLATED, Z_FINISH, Z_FULL_FLUSH,
    Z_MEM_ERROR, Z_NEED_DICT, Z_NO_FLUSH, Z_OK, Z_PARTIAL_FLUSH, Z_STREAM_END, Z_STREAM_ERROR,
    Z_SYNC_FLUSH, alloc_func, free_func, internal_state, size_t, uInt, uLong, voidpf, zlibVersion,
};

/// A stream, field by field as zlib-rs has it; a function is laid out like an `Option` of one.
#[repr(C)]
pub struct z_stream {
    pub next_in: *mut c_uchar,
    pub avail_in: uInt,
    pub total_in: uLong,
    pub next_out: *mut c_uchar,
    pub avail_out: uInt,
    pub total_out: uLong,
    pub msg: *mut c_char,
    pub state: *mut internal_state,
    pub zalloc: alloc_func,
    pub zfree: free_func,
    pub opaque: voidpf,
    pub data_type: c_int,
    pub adler: uLong,
    pub reserved: uLong,
}

const _: () = assert!(size_of::<z_stream>() == size_of::<libz_rs_sys::z_stream>());
const _: () = assert!(align_of::<z_stream>() == align_of::<libz_rs_sys::z_stream>());

macro_rules! hand_on {
    ($($name:ident($($argument:ident: $kind:ty),*);)*) => {$(
        /// The same function of zlib-rs.
        ///
        /// # Safety
        /// As of zlib: the stream is valid and, but for the first call, was begun.
        pub unsafe extern "C" fn $name(stream: *mut z_stream $(, $argument: $kind)*) -> c_int {
            // SAFETY: the layouts are one; all else is the caller's promise.
            unsafe { libz_rs_sys::$name(stream.cast() $(, $argument)*) }
        }
    )*};
}

hand_on! {
    deflate(flush: c_int);
    deflateEnd();
    deflateReset();
    deflateParams(level: c_int, strategy: c_int);
    deflateSetDictionary(dictionary: *const c_uchar, length: c_uint);
    deflateInit2_(level: c_int, method: c_int, window_bits: c_int, memory: c_int, strategy: c_int, version: *const c_char, size: c_int);
    inflate(flush: c_int);
    inflateEnd();
    inflateReset2(window_bits: c_int);
    inflateSetDictionary(dictionary: *const c_uchar, length: c_uint);
    inflateInit2_(window_bits: c_int, version: *const c_char, size: c_int);
}
