# A static program in a small image with a shell, as GitLab's runners need one.
#
#     docker build --tag hookwright .
#     docker run --rm --volume "$PWD:/work:ro" hookwright validate

FROM rust:1.95-alpine3.22 AS build
# hadolint ignore=DL3018
RUN apk add --no-cache build-base
WORKDIR /src
COPY Cargo.toml Cargo.lock askama.toml ./
COPY benches benches
COPY docs docs
COPY examples examples
COPY schema schema
COPY src src
# Alpine's own target is musl, which is linked statically.
RUN cargo install --locked --path . --root /out

FROM alpine:3.22
# hadolint ignore=DL3018
RUN apk add --no-cache ca-certificates curl jq \
    && addgroup -S -g 10001 hookwright \
    && adduser -S -u 10001 -G hookwright -h /work hookwright
COPY --from=build /out/bin/hookwright /usr/local/bin/hookwright
USER 10001:10001
WORKDIR /work
ENTRYPOINT ["hookwright"]
CMD ["--help"]
