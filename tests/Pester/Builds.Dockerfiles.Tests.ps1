Describe 'Dockerfiles as objects' {
    BeforeAll {
        Import-Module "$PSScriptRoot/../../out/NsTools/NsTools.psd1"
        $file = "$TestDrive/seed/Dockerfile"
        $null = New-Item "$TestDrive/seed" -ItemType Directory
        Set-Content $file @'
# syntax=docker/dockerfile:1
ARG VERSION=3.20
FROM alpine:$VERSION AS tools
RUN apk add --no-cache \
    # what the labs need
    iproute2 iputils
FROM tools
COPY --chown=1000:1000 <<EOF /etc/motd
Hello
EOF
CMD ["sh", "-l"]
'@
    }

    Context 'ConvertFrom-Dockerfile' {
        It 'gives the instructions with what they are made of' {
            $instructions = ConvertFrom-Dockerfile $file
            $instructions.Instruction | Should -Be 'ARG', 'FROM', 'RUN', 'FROM', 'COPY', 'CMD'
            $run = $instructions | Where-Object Instruction -EQ RUN
            $run.StartLine, $run.EndLine, $run.StageName | Should -Be 4, 6, 'tools'
            $run.Original | Should -BeLike 'RUN apk*what the labs need*iputils'
            $run.Arguments[0] | Should -Match '^apk add --no-cache\s+iproute2 iputils$'
            $copy = $instructions[4]
            $copy.Flags[0].Name, $copy.Flags[0].Value | Should -Be 'chown', '1000:1000'
            $copy.Heredocs[0].Content | Should -Be "Hello`n"
            $copy.Arguments[1] | Should -Be '/etc/motd'
            $instructions[5].IsExecForm | Should -BeTrue
            $instructions[5].Arguments[1] | Should -Be '-l'
        }

        It 'gives directives and stages with -AsDocument' {
            $document = ConvertFrom-Dockerfile $file -AsDocument
            $document.Directives[0].Name, $document.Directives[0].Value | Should -Be 'syntax', 'docker/dockerfile:1'
            $document.Stages.Count | Should -Be 2
            $document.Stages[0].Name, $document.Stages[0].Base | Should -Be 'tools', 'alpine:$VERSION'
            $document.Stages[1].Instructions.Instruction | Should -Be 'FROM', 'COPY', 'CMD'
            $document.EscapeCharacter | Should -Be '\'
        }

        It 'takes text, lines, files, directories and wildcards' {
            (Get-Content $file -Raw | ConvertFrom-Dockerfile).Count | Should -Be 6
            (Get-Content $file | ConvertFrom-Dockerfile).Count | Should -Be 6
            (Get-Item $file | ConvertFrom-Dockerfile).Count | Should -Be 6
            (ConvertFrom-Dockerfile (Split-Path $file)).Count | Should -Be 6
            (ConvertFrom-Dockerfile "$TestDrive/se?d/Docker*").Path | Sort-Object -Unique | Should -Be $file
            ConvertFrom-Dockerfile "$TestDrive/nothing*" | Should -BeNullOrEmpty
            Copy-Item $file "$TestDrive/a[1]"
            (ConvertFrom-Dockerfile -LiteralPath "$TestDrive/a[1]").Count | Should -Be 6
        }

        It 'looks in the current directory where no path is given' {
            $folder = New-Item -ItemType Directory (Join-Path $TestDrive here)
            Set-Content "$folder/Dockerfile" 'FROM scratch'
            Push-Location $folder
            try { (ConvertFrom-Dockerfile).Instruction | Should -Be 'FROM' }
            finally { Pop-Location }
        }

        It 'is an error for each place that is wrong, with line and column, and gives the rest' {
            Set-Content "$TestDrive/bad" "FROM x`nRNU a`nCOPY --form=x a b`nRUN c"
            $instructions = ConvertFrom-Dockerfile "$TestDrive/bad" -ErrorVariable failures -ErrorAction SilentlyContinue
            $instructions.Instruction | Should -Be 'FROM', 'RUN'
            $failures | Should -HaveCount 2
            $failures[0].Exception.Message | Should -BeLike "$TestDrive/bad, line 2, column 1: 'RNU'*"
            $failures[0].FullyQualifiedErrorId | Should -BeLike 'DockerfileSyntaxError,*'
            $failures[0].ErrorDetails.RecommendedAction | Should -Be 'Did you mean RUN?'
            $failures[1].TargetObject.Line, $failures[1].TargetObject.Column | Should -Be 3, 6
        }

        It 'is an error for a file that is not there, and goes on' {
            $found = ConvertFrom-Dockerfile "$TestDrive/none", $file, $TestDrive -ErrorVariable failures -ErrorAction SilentlyContinue
            $found.Count | Should -Be 6
            $failures.FullyQualifiedErrorId | Should -Be (, 'DockerfileNotFound,NsTools.Module.Builds.ConvertFromDockerfileCommand' * 2)
        }

        It 'survives serialization with its properties whole' {
            $copy = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize((ConvertFrom-Dockerfile $file)[4], 3))
            $copy.Instruction, $copy.Heredocs[0].Name, $copy.Flags[0].Value | Should -Be 'COPY', 'EOF', '1000:1000'
        }

        It 'shows a table that fits 100 columns, without what a terminal would obey' {
            Set-Content "$TestDrive/wild" "FROM x`nRUN $([char]27)]0;title$([char]7) $('long ' * 60)"
            $text = ConvertFrom-Dockerfile $file, "$TestDrive/wild" | Out-String -Width 100
            $text.Split("`n").TrimEnd() | ForEach-Object { $_.Length | Should -BeLessOrEqual 100 }
            $text | Should -Match '4-6 tools +RUN +apk add'
            $text -replace '\e\[[\d;]*m' | Should -Not -Match '[\e\a]'
        }
    }

    Context 'Test-Dockerfile' {
        BeforeAll {
            Set-Content "$TestDrive/smelly" "FROM alpine`nMAINTAINER me`nENV TOKEN=1`nCMD echo hi`nCOPY --from=none x"
        }

        It 'gives what the rules find, in the order of the lines' {
            $findings = Test-Dockerfile "$TestDrive/smelly"
            $findings.Rule | Should -Be 'UnpinnedBaseImage', 'MaintainerDeprecated', 'SecretsUsedInArgOrEnv', 'JSONArgsRecommended', 'SyntaxError'
            $findings.Line | Should -Be 1, 2, 3, 4, 5
            $findings[4].Severity | Should -Be Error
            $findings.Path | Sort-Object -Unique | Should -Be "$TestDrive/smelly"
        }

        It 'asks only the rules that are wanted' {
            (Test-Dockerfile "$TestDrive/smelly" -IncludeRule Secrets*, UnpinnedBaseImage).Rule | Should -Be 'UnpinnedBaseImage', 'SecretsUsedInArgOrEnv'
            (Test-Dockerfile "$TestDrive/smelly" -ExcludeRule *Image, M*, Syntax*).Rule | Should -Be 'SecretsUsedInArgOrEnv', 'JSONArgsRecommended'
            (Test-Dockerfile "$TestDrive/smelly" -Severity Error).Rule | Should -Be 'SyntaxError'
            Test-Dockerfile "$TestDrive/smelly" -IncludeRule NoSuchRule -ErrorVariable failure -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
            $failure.FullyQualifiedErrorId | Should -BeLike 'DockerfileRuleNotFound,*'
        }

        It 'completes the rules' {
            $line = 'Test-Dockerfile x -ExcludeRule Unp'
            (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Be 'UnpinnedBaseImage'
        }

        It 'knows what the ignore file of the context leaves out' {
            $null = New-Item "$TestDrive/context" -ItemType Directory
            Set-Content "$TestDrive/context/.dockerignore" '*.log'
            Set-Content "$TestDrive/context/Dockerfile" "FROM scratch`nCOPY a.log /"
            (Test-Dockerfile "$TestDrive/context").Rule | Should -Be 'CopyIgnoredFile'
            Get-Content "$TestDrive/context/Dockerfile" | Test-Dockerfile -Context "$TestDrive/context" | Should -HaveCount 1
            Test-Dockerfile "$TestDrive/context" -Context $TestDrive | Should -BeNullOrEmpty
        }

        It 'shows a table that fits 100 columns' {
            $text = Test-Dockerfile "$TestDrive/smelly" | Out-String -Width 100
            $text.Split("`n").TrimEnd() | ForEach-Object { $_.Length | Should -BeLessOrEqual 100 }
            $text | Should -Match '1:1 Warning +UnpinnedBaseImage'
        }
    }
}
