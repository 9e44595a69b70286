using System.Globalization;

namespace Crm.Functions.Invoices;

/// <summary>
/// Numbers such as <c>ABC-2024-0001</c>: the organisation's prefix, the year of issue, and what its counter gives. The counter is counted up by the statement
/// that writes what bears the number: whoever is rolled back leaves no gap, and who comes next waits until that is known.
/// </summary>
internal static class InvoiceNumber
{
    private const int Letters = 3;

    /// <summary>In SQL, takes the next number of the series <c>@Prefix</c> in <c>@Year</c>, as <c>counter.number</c>.</summary>
    public const string TakeSql = """
        counter as (
            insert into invoice_counters as c (organization_id, prefix, year, next)
            values (@OrganizationId, @Prefix, @Year, 2)
            on conflict (organization_id, prefix, year) do update
            set next = c.next + 1
            returning @Prefix || '-' || lpad(year::text, 4, '0') || '-' || lpad((next - 1)::text, greatest(4, length((next - 1)::text)), '0') as number)
        """;

    /// <summary>The setting, or the first letters and digits of the organisation's name.</summary>
    public static string Prefix(string? setting, string organizationName)
    {
        if (setting is not null)
            return setting;
        var letters = organizationName.Where(char.IsAsciiLetterOrDigit).Take(Letters).ToArray();
        return letters.Length == 0 ? "INV" : new string(letters).ToUpper(CultureInfo.InvariantCulture);
    }

    /// <summary>The series of credit notes beside that of invoices.</summary>
    public static string CreditNotePrefix(string prefix) => $"{prefix}-CN";
}
