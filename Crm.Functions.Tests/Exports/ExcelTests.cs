using System.Globalization;
using Crm.Functions.Tests.Fixture;
using DocumentFormat.OpenXml.Packaging;
using DocumentFormat.OpenXml.Spreadsheet;
using DocumentFormat.OpenXml.Validation;

namespace Crm.Functions.Tests.Exports;

/// <summary>The workbook, read by Microsoft's own library.</summary>
public sealed class ExcelTests(TestServices services)
{
    [Fact]
    public async Task A_workbook_is_valid_and_its_cells_are_what_they_hold()
    {
        var org = await services.App.NewOrganization();
        var contact = await org.AddContact(org.Owner, "Ann Smith");
        (await org.Owner.Post("/deals", new { title = "=1+1 <&\"> \u00e4\U0001F600", contactId = contact, value = 1500.5, expectedCloseDate = "2026-12-24" }))
            .Expect(201);

        var rows = await Rows(org.Owner, "deals");

        Assert.Equal("Title", rows[0][1]);
        Assert.Equal("=1+1 <&\"> \u00e4\U0001F600", rows[1][1]);
        Assert.Equal(1500.5m, rows[1][2]);
        Assert.Equal(new DateTime(2026, 12, 24), rows[1][9]);
        var created = Assert.IsType<DateTime>(rows[1][13]);
        Assert.InRange(created, services.App.Clock.GetUtcNow().UtcDateTime.AddMinutes(-5), services.App.Clock.GetUtcNow().UtcDateTime.AddSeconds(1));
    }

    [Fact]
    public async Task Texts_that_no_workbook_can_hold_leave_out_what_it_cannot()
    {
        var org = await services.App.NewOrganization();
        await org.App.Sql(
            "insert into contacts (organization_id, id, last_name, notes, company, created_at, updated_at) values ($1, $2, 'x', $3, $4, $5, $5)",
            org.Id, Guid.CreateVersion7(), "a\u0001b\u001fc\r\nd\uFFFE", new string('x', 40_000), org.App.Clock.GetUtcNow());

        var rows = await Rows(org.Owner, "contacts");

        Assert.Equal("abc\r\nd", ((string)rows[1][11]!).ReplaceLineEndings("\r\n"));
        Assert.Equal(32_767, ((string)rows[1][5]!).Length);
        Assert.Equal(false, rows[1][14]);
    }

    [Fact]
    public async Task An_export_of_nothing_has_its_heading()
    {
        var org = await services.App.NewOrganization();

        Assert.Equal("Number", Assert.Single(await Rows(org.Owner, "invoices"))[0]);
    }

    private async Task<object?[][]> Rows(TestUser user, string type)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/reports/export?type={type}&format=excel");
        request.Headers.Authorization = new("Bearer", user.AccessToken);
        using var answer = await services.App.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", answer.Content.Headers.ContentType!.ToString());
        Assert.EndsWith(".xlsx", answer.Content.Headers.ContentDisposition!.FileName, StringComparison.Ordinal);
        using var file = new MemoryStream(await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        using var book = SpreadsheetDocument.Open(file, isEditable: false);
        Assert.Empty(new OpenXmlValidator().Validate(book).Select(fault => $"{fault.Path?.XPath}: {fault.Description}"));
        var sheet = book.WorkbookPart!.WorksheetParts.Single().Worksheet!;
        var formats = book.WorkbookPart.WorkbookStylesPart!.Stylesheet!;
        return [.. sheet.Descendants<Row>().Select(row => row.Elements<Cell>().Select(cell => Value(cell, formats)).ToArray())];
    }

    private static object? Value(Cell cell, Stylesheet formats)
    {
        if (cell.DataType?.Value == CellValues.InlineString)
            return cell.InlineString!.InnerText;
        if (cell.DataType?.Value == CellValues.Boolean)
            return cell.CellValue!.Text == "1";
        if (cell.CellValue is null)
            return null;
        var number = decimal.Parse(cell.CellValue.Text, NumberStyles.Float, CultureInfo.InvariantCulture);
        var format = formats.CellFormats!.Elements<CellFormat>().ElementAt((int)(cell.StyleIndex?.Value ?? 0)).NumberFormatId?.Value ?? 0;
        var isDate = formats.NumberingFormats?.Elements<NumberingFormat>().FirstOrDefault(known => known.NumberFormatId?.Value == format)?.FormatCode?.Value
            ?.Contains("yyyy", StringComparison.Ordinal) == true;
        return isDate ? DateTime.FromOADate((double)number) : number;
    }
}
