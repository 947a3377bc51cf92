namespace Naq.Cli.Completing;

/// <summary>A shell that can be completed in.</summary>
internal enum CompletionShell
{
    /// <summary>GNU bash.</summary>
    Bash,

    /// <summary>The Z shell.</summary>
    Zsh,

    /// <summary>fish.</summary>
    Fish,

    /// <summary>PowerShell.</summary>
    Pwsh,
}

/// <summary>What a shell reads once to ask the program at every Tab. No word of an answer is ever evaluated; where there is none, the shell completes files.</summary>
internal static class CompletionScripts
{
    public static string Of(CompletionShell shell, string program)
    {
        var script = shell switch
        {
            CompletionShell.Bash => Bash,
            CompletionShell.Zsh => Zsh,
            CompletionShell.Fish => Fish,
            CompletionShell.Pwsh => Pwsh,
        };
        var function = string.Concat(program.Select(static letter => char.IsAsciiLetterOrDigit(letter) ? letter : '_'));
        return script.Replace("FUNCTION", $"_{function}_complete", StringComparison.Ordinal).Replace("PROGRAM", program, StringComparison.Ordinal);
    }

    private const string Bash = """
        # Add to ~/.bashrc:  eval "$(PROGRAM completion bash)"
        FUNCTION() {
          local word
          COMPREPLY=()
          while IFS= read -r word; do
            [[ -n $word ]] && COMPREPLY+=("$word")
          done < <("$1" "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null)
        }
        complete -o default -F FUNCTION PROGRAM
        """;

    private const string Zsh = """
        # Add to ~/.zshrc, below compinit:  eval "$(PROGRAM completion zsh)"
        FUNCTION() {
          local line="${(j: :)words[1,CURRENT]}"
          local -a found
          found=("${(@f)$("${words[1]}" "[suggest:${#line}]" "$line" 2>/dev/null)}")
          found=("${(@)found:#}")
          if (( ${#found} )); then compadd -a found; else _files; fi
        }
        compdef FUNCTION PROGRAM
        """;

    private const string Fish = """
        # Add to ~/.config/fish/config.fish:  PROGRAM completion fish | source
        function FUNCTION
          set -l line (commandline --cut-at-cursor --current-process | string trim --left)
          command PROGRAM "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
        end
        complete --command PROGRAM --arguments '(FUNCTION)'
        """;

    private const string Pwsh = """
        # Add to $PROFILE:  PROGRAM completion pwsh | Out-String | Invoke-Expression
        Register-ArgumentCompleter -Native -CommandName PROGRAM -ScriptBlock {
          param($word, $ast, $cursor)
          $position = $cursor - $ast.Extent.StartOffset
          $line = $ast.ToString().PadRight($position)
          PROGRAM "[suggest:$position]" "$line" 2>$null | ForEach-Object {
            [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
          }
        }
        """;
}
