package dev.dormouse.budget;

/** What all accounts of one kind have in common. Guarded by the budget. */
final class Pool {
  final Ranks ranks = new Ranks();
  int accounts;
  long used;
  long shed;
}
