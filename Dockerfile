# syntax=docker/dockerfile:1
# A small image with one program, run by a user without rights.
#
#   docker build -t marshal .
#   docker run -p 127.0.0.1:8080:8080 -p 127.0.0.1:8081:8081 -v marshal-data:/var/lib/marshal marshal
#
# The control plane (8081) is for operators: publish it on a private address only. docs/operations.md says more.

FROM rust:1.95-bookworm AS toolchain
ENV CARGO_TERM_COLOR=never CARGO_PROFILE_RELEASE_STRIP=debuginfo
WORKDIR /src

# Every manifest with an empty program beside it: changes only when a dependency does.
FROM toolchain AS manifests
COPY . /whole
RUN cp /whole/Cargo.toml /whole/Cargo.lock . \
    && cd /whole && find . -mindepth 2 -name Cargo.toml -not -path './target/*' | while read -r manifest; do \
        crate="/src/${manifest%/Cargo.toml}" && mkdir -p "$crate/src" && cp "$manifest" "$crate/" \
        && echo '//! Empty.' > "$crate/src/lib.rs" && printf '//! Empty.\nfn main() {}\n' > "$crate/src/main.rs"; \
    done && cp -r gateway/patches /src/gateway/

FROM toolchain AS build
COPY --from=manifests /src .
RUN cargo build --locked --release --package marshal && rm -rf gateway policies adapters dashboards load-tests
COPY . .
# The empty programs were built just now: without a newer date cargo would take them for these.
RUN find gateway policies adapters dashboards load-tests -name '*.rs' -exec touch {} + \
    && cargo build --locked --release --package marshal \
    && mkdir -p /out/data && cp target/release/marshal /out/marshal

FROM debian:bookworm-slim
COPY --from=build /out/marshal /usr/local/bin/marshal
COPY --from=build --chown=65532:65532 --chmod=0700 /out/data /var/lib/marshal
COPY LICENSE NOTICE /usr/share/doc/marshal/
# Within a container every interface is the container's own; what is published is decided outside.
ENV MARSHAL_DATA_LISTEN=0.0.0.0:8080 MARSHAL_CONTROL_LISTEN=0.0.0.0:8081 MARSHAL_DATA_DIR=/var/lib/marshal
USER 65532:65532
WORKDIR /etc/marshal
EXPOSE 8080 8081
VOLUME /var/lib/marshal
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 CMD ["marshal", "health"]
ENTRYPOINT ["marshal"]
CMD ["serve"]
