package dev.dormouse.kubernetes.operator;

/** Clusters as tests have them. */
final class PodDefaultsFixture {
  static final PodDefaults IAD = new PodDefaults("iad", PodDefaults.ANY_IPV4, false);
  static final PodDefaults LHR = new PodDefaults("lhr", PodDefaults.ANY_IPV4, false);
  static final PodDefaults SLEEPING = new PodDefaults("iad", PodDefaults.ANY_IPV4, true);
  static final PodDefaults IPV6 = new PodDefaults("iad", PodDefaults.ANY_IPV6, false);

  static final PodDefaults NOWHERE = new PodDefaults("", PodDefaults.ANY_IPV4, true);

  private PodDefaultsFixture() {}
}
