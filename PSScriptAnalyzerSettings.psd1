@{
    # Every rule at every severity, and the formatting ones that are off by default.
    IncludeDefaultRules = $true
    Severity            = @('Error', 'Warning', 'Information')
    Rules               = @{
        PSUseConsistentIndentation = @{ Enable = $true; Kind = 'space'; IndentationSize = 4; PipelineIndentation = 'IncreaseIndentationForFirstPipeline' }
        PSUseConsistentWhitespace  = @{ Enable = $true; CheckOpenBrace = $true; CheckOperator = $false; CheckSeparator = $true; CheckInnerBrace = $true }
        PSAvoidUsingDoubleQuotesForConstantString = @{ Enable = $true }
        PSUseCompatibleSyntax      = @{ Enable = $true; TargetVersions = @('7.0') }
    }
    ExcludeRules        = @(
        # A Pester block's variables are read in another block, which the rule does not see.
        'PSUseDeclaredVarsMoreThanAssignments'
    )
}
