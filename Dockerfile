# syntax=docker/dockerfile:1
# One image for operator, activator and run: docker build -t dormouse .
#
# The bases by digest, as public sources name them for these tags; a newer one:
#   docker buildx imagetools inspect debian:bookworm-slim
ARG JDK=eclipse-temurin:25-jdk-noble@sha256:3eb81ed94d8c1a34422f19f8188548bdf02cae69c91d0328afdbb7abed90f617
ARG BASE=debian:bookworm-slim@sha256:4b50eb66f977b4062683ff434ef18ac191da862dbe966961bc11990cf5791a8d

FROM ${JDK} AS build
RUN apt-get update \
  && apt-get install -y --no-install-recommends maven \
  && rm -rf /var/lib/apt/lists/* \
  && mkdir -p /usr/lib/jvm \
  && ln -s "$JAVA_HOME" /usr/lib/jvm/temurin-25
WORKDIR /build
COPY pom.xml README.md ./
COPY .mvn .mvn
COPY manifests manifests
COPY src src
# The tarball that users take home, with its own runtime, and an AOT cache that holds for its files as they are.
RUN --mount=type=cache,target=/root/.m2 \
  mvn -B -ntp -q -Prelease -DskipTests package \
  && mkdir /opt/dormouse \
  && tar -xzf target/dormouse-*-linux-*.tar.gz -C /opt/dormouse --strip-components=1

FROM ${BASE}
ARG VERSION=0.1.0-SNAPSHOT
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Dormouse" \
  org.opencontainers.image.description="Starts a WebSocket service when the first upgrade arrives, and puts it back to sleep when nobody is connected" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}" \
  org.opencontainers.image.base.name="docker.io/library/debian:bookworm-slim"
# An init: it reaps what a service leaves behind. And what was mended in the base since.
RUN apt-get update \
  && apt-get upgrade -y \
  && apt-get install -y --no-install-recommends tini \
  && rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/dormouse /opt/dormouse
RUN ln -s /opt/dormouse/bin/dormouse /usr/local/bin/dormouse
# The state of run; a volume if it is to outlive the container.
ENV XDG_STATE_HOME=/tmp
USER 65532:65532
ENTRYPOINT ["/usr/bin/tini", "--", "/opt/dormouse/bin/dormouse"]
