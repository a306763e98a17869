namespace NsTools.Images;

/// <summary>Tests images: every document and blob against what points to it, and layers against the configuration.</summary>
public static class ImageTester
{
    /// <summary>Tests what a source has. Several blobs are read at once.</summary>
    /// <param name="source">The source.</param>
    /// <param name="platform">Which image of an index; null for this machine's.</param>
    /// <param name="all">True tests all images of an index.</param>
    /// <param name="report">Takes the results, in the order of the documents, on the calling thread.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="NsToolsException">The image cannot be found at all.</exception>
    public static void Test(IImageSource source, ImagePlatform? platform, bool all, Action<ImageTestResult> report, CancellationToken cancellation)
    {
        var run = new ImageTestRun(source, report, cancellation);
        if (run.ReadTop() is not { } top)
            return;
        if (!top.IsIndex)
            run.TestImage(top);
        else if (all)
            run.TestIndex(top, depth: 0);
        else
            run.TestChosen(top, platform);
    }
}
