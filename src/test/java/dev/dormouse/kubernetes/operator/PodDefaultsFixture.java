package dev.dormouse.kubernetes.operator;

import dev.dormouse.kubernetes.objects.PodDefaults;

/** Clusters as tests have them. */
public final class PodDefaultsFixture {
  public static final PodDefaults IAD = new PodDefaults("iad", PodDefaults.ANY_IPV4, false);
  public static final PodDefaults LHR = new PodDefaults("lhr", PodDefaults.ANY_IPV4, false);
  public static final PodDefaults SLEEPING = new PodDefaults("iad", PodDefaults.ANY_IPV4, true);
  public static final PodDefaults IPV6 = new PodDefaults("iad", PodDefaults.ANY_IPV6, false);

  public static final PodDefaults NOWHERE = new PodDefaults("", PodDefaults.ANY_IPV4, true);

  private PodDefaultsFixture() {}
}
