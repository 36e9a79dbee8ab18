# syntax=docker/dockerfile:1
# One image for operator, activator and run: docker build -t dormouse .
FROM eclipse-temurin:25-jdk-noble AS build
RUN apt-get update \
  && apt-get install -y --no-install-recommends maven \
  && rm -rf /var/lib/apt/lists/* \
  && mkdir -p /usr/lib/jvm \
  && ln -s "$JAVA_HOME" /usr/lib/jvm/temurin-25
WORKDIR /build
COPY pom.xml ./
COPY .mvn .mvn
COPY src src
RUN --mount=type=cache,target=/root/.m2 \
  mvn -B -ntp -q package -DskipTests -Dtrain.skip \
  && mv target/dormouse /opt/dormouse
# The launcher looks for a runtime here first; the cache of run holds for this one only. The archive that goes is for heaps
# without compressed pointers, which nothing here has.
RUN jlink \
  --add-modules java.base,java.logging,java.management,java.net.http,jdk.unsupported \
  --strip-java-debug-attributes --no-header-files --no-man-pages --generate-cds-archive \
  --output /opt/dormouse/jre \
  && rm /opt/dormouse/jre/lib/server/classes_nocoops.jsa \
  && /opt/dormouse/bin/dormouse train

FROM debian:bookworm-slim
COPY --from=build /opt/dormouse /opt/dormouse
RUN ln -s /opt/dormouse/bin/dormouse /usr/local/bin/dormouse
# The state of run; a volume if it is to outlive the container.
ENV XDG_STATE_HOME=/tmp
USER 65532:65532
ENTRYPOINT ["/opt/dormouse/bin/dormouse"]
