# Every image of the board: one program each, the libraries that it is linked with, and nothing else. There is no shell in
# them and no package manager, and none of them runs as root.
#
#   docker build --target posts -t folkmoot/posts:dev .      one image
#   docker buildx bake                                       all of them (docker-bake.hcl)
#   cargo xtask images                                       all of them, with whatever builds images here
#   cargo xtask images --check                               all of them without a registry, and what must hold of them
#
# Targets: event-bus, posts, comments, query, moderation; folkmoot, which is all of them in one process with the pages;
# client, which is the pages and the front door of a board whose services run apart (nginx).

# The bases, by exact tags. Debian's release is the same in all three, since programs are built in one and run against its
# libraries; the Rust version is that of rust-toolchain.toml, which is not copied, so that rustup fetches nothing.
# To take newer ones: change the tags here, then `cargo xtask images --check`. To hold a base to the byte, put its digest
# behind its tag (`rust:1.95.0-slim-bookworm@sha256:...`); `docker buildx imagetools inspect IMAGE` prints it.
ARG RUST_IMAGE=docker.io/library/rust:1.95.0-slim-bookworm
ARG NODE_IMAGE=docker.io/library/node:20.20.2-bookworm-slim
ARG DEBIAN_IMAGE=docker.io/library/debian:bookworm-20250520-slim

# What the labels say.
ARG VERSION=dev
ARG SOURCE=

# ---------------------------------------------------------------------------------------------------------------------
# The six programs.

FROM ${RUST_IMAGE} AS programs
WORKDIR /build
# Smaller programs: no symbols; relocations packed, which the libraries of this Debian can read (1.3 MB of folkmoot); and
# of Swagger UI three files go in empty that are for other programs' bundlers, and that its page never loads (2.3 MB).
ENV CARGO_PROFILE_RELEASE_STRIP=symbols \
    RUSTFLAGS="-Clink-arg=-Wl,-z,pack-relative-relocs" \
    SWAGGER_UI_OVERWRITE_FOLDER=/build/swagger-ui
RUN mkdir swagger-ui && cd swagger-ui && touch swagger-ui.js swagger-ui-es-bundle.js swagger-ui-es-bundle-core.js

# First the dependencies, against members that are empty: this layer stays as long as no manifest changes. Every member
# is here, also those that go into no image, since the workspace does not load without them.
COPY Cargo.toml Cargo.lock ./
COPY .cargo/config.toml .cargo/config.toml
COPY contract/Cargo.toml contract/
COPY chassis/Cargo.toml chassis/
COPY event-bus/Cargo.toml event-bus/
COPY posts/Cargo.toml posts/
COPY comments/Cargo.toml comments/
COPY moderation/Cargo.toml moderation/
COPY query/Cargo.toml query/
COPY folkmoot/Cargo.toml folkmoot/
COPY e2e/Cargo.toml e2e/
COPY xtask/Cargo.toml xtask/
RUN set -eu; \
    for manifest in */Cargo.toml; do \
        member="${manifest%/Cargo.toml}"; \
        mkdir -p "$member/src" "$member/tests/http" "$member/tests/messaging"; \
        : > "$member/src/lib.rs"; \
        echo 'fn main() {}' | tee "$member/src/main.rs" "$member/tests/http/main.rs" > "$member/tests/messaging/main.rs"; \
    done; \
    cargo build --release --locked --bins \
        -p event-bus -p posts -p comments -p query -p moderation -p folkmoot; \
    rm -r */src */tests

# Then the programs, but for folkmoot, which waits for the pages. Cargo goes by times, and the sources may be older than
# the empty members were.
COPY contract/ contract/
COPY chassis/ chassis/
COPY event-bus/ event-bus/
COPY posts/ posts/
COPY comments/ comments/
COPY moderation/ moderation/
COPY query/ query/
RUN set -eu; \
    mkdir -p folkmoot/src e2e/src xtask/src chassis/tests/http chassis/tests/messaging; \
    touch folkmoot/src/lib.rs e2e/src/lib.rs xtask/src/lib.rs chassis/tests/http/main.rs chassis/tests/messaging/main.rs; \
    find . -path ./target -prune -o -name '*.rs' -exec touch {} +; \
    cargo build --release --locked --bins -p event-bus -p posts -p comments -p query -p moderation -p chassis

# One folder for each: the program, what `ldd` says that it loads (the loader too), and a place for its data.
RUN set -eu; \
    for program in event-bus posts comments query moderation; do \
        root="/images/$program"; \
        install -D "target/release/$program" "$root/usr/local/bin/$program"; \
        ldd "target/release/$program" | grep -o '/[^ ]*' | while read -r library; do \
            install -D "$library" "$root$library"; \
        done; \
        install -d -o 65532 -g 65532 -m 0750 "$root/data"; \
    done; \
    root=/images/await-names; \
    install -D target/release/await-names "$root/usr/local/bin/await-names"; \
    ldd target/release/await-names | grep -o '/[^ ]*' | while read -r library; do \
        install -D "$library" "$root$library"; \
    done

# ---------------------------------------------------------------------------------------------------------------------
# What the services have alike.

FROM scratch AS service
ARG VERSION
ARG SOURCE
LABEL org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.source="${SOURCE}"
ENV FOLKMOOT_DATA_DIR=/data FOLKMOOT_LOG_FORMAT=json
WORKDIR /
USER 65532:65532
STOPSIGNAL SIGTERM

FROM service AS event-bus
LABEL org.opencontainers.image.title="Folkmoot event bus" \
      org.opencontainers.image.description="Durable events over plain HTTP: pushed, streamed and replayed"
COPY --from=programs /images/event-bus/ /
ENV FOLKMOOT_BUS_ADDR=0.0.0.0:4005
EXPOSE 4005
ENTRYPOINT ["/usr/local/bin/event-bus"]

FROM service AS posts
LABEL org.opencontainers.image.title="Folkmoot posts" \
      org.opencontainers.image.description="Keeps what people post, and tells the bus"
COPY --from=programs /images/posts/ /
ENV FOLKMOOT_POSTS_ADDR=0.0.0.0:4000
EXPOSE 4000
ENTRYPOINT ["/usr/local/bin/posts"]

FROM service AS comments
LABEL org.opencontainers.image.title="Folkmoot comments" \
      org.opencontainers.image.description="Keeps what people answer to posts and to each other, and tells the bus"
COPY --from=programs /images/comments/ /
ENV FOLKMOOT_COMMENTS_ADDR=0.0.0.0:4001
EXPOSE 4001
ENTRYPOINT ["/usr/local/bin/comments"]

FROM service AS query
LABEL org.opencontainers.image.title="Folkmoot query" \
      org.opencontainers.image.description="Folds the bus's log into what is read"
COPY --from=programs /images/query/ /
ENV FOLKMOOT_QUERY_ADDR=0.0.0.0:4002
EXPOSE 4002
ENTRYPOINT ["/usr/local/bin/query"]

FROM service AS moderation
LABEL org.opencontainers.image.title="Folkmoot moderation" \
      org.opencontainers.image.description="Judges what people write by rules, and keeps a queue for moderators"
COPY --from=programs /images/moderation/ /
ENV FOLKMOOT_MODERATION_ADDR=0.0.0.0:4003
EXPOSE 4003
ENTRYPOINT ["/usr/local/bin/moderation"]

# ---------------------------------------------------------------------------------------------------------------------
# The pages.

FROM ${NODE_IMAGE} AS pages
WORKDIR /build/client
# The packages first: this layer stays as long as the lock file does.
COPY client/package.json client/package-lock.json client/.npmrc ./
RUN npm ci --no-audit --no-fund
# The services' descriptions, from which the types of every call are made.
COPY event-bus/openapi.json ../event-bus/
COPY posts/openapi.json ../posts/
COPY comments/openapi.json ../comments/
COPY moderation/openapi.json ../moderation/
COPY query/openapi.json ../query/
COPY client/index.html client/tsconfig.json client/vite.config.ts ./
COPY client/public/ public/
COPY client/scripts/ scripts/
COPY client/src/ src/
RUN npm run build

# ---------------------------------------------------------------------------------------------------------------------
# All services in one process, with the pages in the program.

# Only this crate is compiled.
FROM programs AS single
COPY folkmoot/ folkmoot/
COPY --from=pages /build/client/dist/ client/dist/
RUN set -eu; \
    find folkmoot -name '*.rs' -exec touch {} +; \
    cargo build --release --locked --bins -p folkmoot; \
    root=/images/folkmoot; \
    install -D target/release/folkmoot "$root/usr/local/bin/folkmoot"; \
    ldd target/release/folkmoot | grep -o '/[^ ]*' | while read -r library; do \
        install -D "$library" "$root$library"; \
    done; \
    install -d -o 65532 -g 65532 -m 0750 "$root/data"

FROM service AS folkmoot
LABEL org.opencontainers.image.title="Folkmoot" \
      org.opencontainers.image.description="A discussion board in one process"
COPY --from=single /images/folkmoot/ /
# The front door alone is reached from outside; the services stay on the container's loopback, and since not every
# listener is there, the bus and moderation ask for their token.
ENV FOLKMOOT_ADDR=0.0.0.0:8080
EXPOSE 8080
ENTRYPOINT ["/usr/local/bin/folkmoot"]

# ---------------------------------------------------------------------------------------------------------------------
# The front door of a board whose services run apart: nginx of the same Debian, with its current security patches.

FROM ${DEBIAN_IMAGE} AS nginx
RUN set -eu; \
    apt-get update; \
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends nginx libnginx-mod-http-brotli-static; \
    rm -rf /var/lib/apt/lists/*; \
    root=/images/client; \
    module=/usr/lib/nginx/modules/ngx_http_brotli_static_module.so; \
    install -D /usr/sbin/nginx "$root/usr/sbin/nginx"; \
    install -D -m 0644 "$module" "$root/srv/front/modules/${module##*/}"; \
    ldd /usr/sbin/nginx "$module" | grep -o '^[[:space:]].*' | grep -o '/[^ ]*' | sort -u | while read -r library; do \
        install -D "$library" "$root$library"; \
    done; \
    install -d -o 65532 -g 65532 -m 0750 "$root/srv/front/run"

FROM scratch AS client
ARG VERSION
ARG SOURCE
LABEL org.opencontainers.image.title="Folkmoot client" \
      org.opencontainers.image.description="The pages, and the front door to the services" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.source="${SOURCE}"
# What nginx waits with for the names of the services; nginx's own libraries are the newer ones.
COPY --from=programs /images/await-names/ /
COPY --from=nginx /images/client/ /
COPY client/nginx/ /srv/front/
COPY --from=pages /build/client/dist/ /srv/front/html/
WORKDIR /
USER 65532:65532
# It finishes what it is answering before it goes.
STOPSIGNAL SIGQUIT
EXPOSE 8080
ENTRYPOINT ["/usr/local/bin/await-names", "/srv/front/upstreams.conf", \
            "/usr/sbin/nginx", "-p", "/srv/front", "-c", "nginx.conf", "-e", "stderr"]
