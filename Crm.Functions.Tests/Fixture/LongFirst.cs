using Crm.Functions.Tests.Fixture;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(LongFirst))]

namespace Crm.Functions.Tests.Fixture;

/// <summary>The classes that take longest begin first, so that none of them is left to run alone at the end.</summary>
public sealed class LongFirst : ITestCollectionOrderer
{
    // Each is a collection of its own, which is named after it.
    private static readonly string[] Long =
    [
        typeof(Permissions.PermissionMatrixTests).FullName!,
        typeof(Permissions.RecordStateTests).FullName!,
        typeof(Tasks.DigestCrashTests).FullName!,
        typeof(Campaigns.KilledCampaignTests).FullName!,
        typeof(Permissions.NestedIdTests).FullName!,
        typeof(Email.KilledHandlerTests).FullName!,
        typeof(EndToEnd.NewcomerTests).FullName!,
        typeof(EndToEnd.LocalStackTests).FullName!,
        typeof(EndToEnd.ClientTests).FullName!,
        typeof(Contacts.Bulk.KilledImportTests).FullName!,
        typeof(Invoices.Online.KilledPaymentTests).FullName!,
        typeof(Campaigns.CampaignTroubleTests).FullName!,
        typeof(Email.OutboxTests).FullName!,
    ];

    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. DefaultTestCollectionOrderer.Instance.OrderTestCollections(testCollections).OrderBy(Place)];

    private static int Place<TTestCollection>(TTestCollection collection)
        where TTestCollection : ITestCollection
    {
        var place = Array.FindIndex(Long, name => collection.TestCollectionDisplayName.Contains($" {name} ", StringComparison.Ordinal));
        return place < 0 ? Long.Length : place;
    }
}
