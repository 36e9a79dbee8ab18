package dev.dormouse.cli.tables;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dormouse.cli.JsonTree;
import dev.dormouse.cli.UserError;
import org.junit.jupiter.api.Test;

class ReportTableTest {
  @Test
  void tellsWhatIsSavedByWhomWhatDormouseCostsAndWhatIsUnknown() throws UserError {
    var report =
        JsonTree.parse(
            """
            {"since":"2026-03-01T12:00:00Z","seconds":7200,
             "savedBytes":102760448,"savedByteSeconds":739875225600,
             "services":[
              {"name":"cable","namespace":"default","phase":"Dormant","memoryBytes":0,
               "awakeMemoryBytes":144703488,"savedBytes":144703488,"savedByteSeconds":1041865113600},
              {"name":"new","namespace":"shop","phase":"Dormant","memoryBytes":0,
               "savedByteSeconds":0}],
             "dormouse":{"memoryBytes":41943040,"byteSeconds":301989888000},
             "machine":{"memoryBytes":2080374784,"availableBytes":1073741824}}
            """);
    assertThat(ReportTable.lines(report))
        .containsExactly(
            "NAME                 PHASE        AWAKE      NOW    SAVED   MB-HOURS",
            "cable                Dormant      138MB      0MB    138MB      276.0",
            "shop/new             Dormant    unknown      0MB  unknown        0.0",
            "dormouse itself                             40MB    -40MB      -80.0",
            "together                                             98MB      196.0",
            "",
            "Since 2026-03-01T12:00:00Z (2h). Measured as proportional set sizes.",
            "This machine has 1024MB of 1984MB available (MemAvailable).",
            "Counted as nothing, since not measured awake yet: shop/new.");
  }

  @Test
  void whatServicesHaveSavedThatAreGoneIsALineOfItsOwn() throws UserError {
    var report =
        JsonTree.parse(
            """
            {"since":"2026-03-01T12:00:00Z","seconds":60,"savedBytes":0,
             "savedByteSeconds":1041865113600,"removedByteSeconds":1041865113600,
             "services":[],"dormouse":{"byteSeconds":0},"machine":{}}
            """);
    assertThat(ReportTable.lines(report))
        .contains("no longer declared                                             276.0");
  }

  @Test
  void withoutProcNothingIsSaidOfTheMachineAndTheOwnCostIsUnknown() throws UserError {
    var report =
        JsonTree.parse(
            """
            {"since":"2026-03-01T12:00:00Z","seconds":60,"savedBytes":0,"savedByteSeconds":0,
             "services":[],"dormouse":{"byteSeconds":0},"machine":{}}
            """);
    assertThat(ReportTable.lines(report))
        .contains("dormouse itself                          unknown  unknown        0.0")
        .noneMatch(line -> line.contains("This machine"));
  }
}
