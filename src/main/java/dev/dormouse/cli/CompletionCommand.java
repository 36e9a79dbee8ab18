package dev.dormouse.cli;

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code dormouse completion}: what makes a shell complete commands and options. */
@Command(
    name = "completion",
    description = "Prints a script that makes bash, or zsh with bashcompinit, complete commands.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  source <(dormouse completion)",
      "  autoload -U +X bashcompinit && bashcompinit    # before it, in zsh",
      "  dormouse completion > /etc/bash_completion.d/dormouse"
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:printed", "2:the command line is wrong"},
    mixinStandardHelpOptions = true)
final class CompletionCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    var root = spec.root().commandLine();
    root.getOut().print(AutoComplete.bash(root.getCommandName(), root));
    root.getOut().flush();
  }
}
