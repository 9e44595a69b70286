using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Crm.Functions.Requests;

/// <summary>
/// The address a request came from. The worker takes it from the Functions host, which names the peer it saw and drops
/// whatever a client wrote into <c>X-Forwarded-For</c>. On Azure that peer is the platform's front end, which appends
/// the client's address to the header; the host keeps what it received in the trigger's metadata. It is read there, its
/// last entry alone, and only where the setting <c>ClientAddress:TrustFrontEnd</c> says that such a front end exists.
/// </summary>
public sealed class ClientAddress(IConfiguration configuration)
{
    private const string Header = "X-Forwarded-For";
    private const string Metadata = "Headers";

    /// <summary>The largest body that is looked through, in bytes: a sign-in is far smaller.</summary>
    private const int LargestLookedThrough = 64 * 1024;

    private readonly bool _trustsFrontEnd = configuration.GetValue("ClientAddress:TrustFrontEnd", false);

    public static string? Of(HttpContext context) => context.Connection.RemoteIpAddress?.ToString();

    /// <summary>
    /// What one client has of addresses: of IPv4 the one, of IPv6 the /64 that every customer of a provider gets, all of whose addresses are theirs.
    /// </summary>
    public static string? Network(HttpContext context) => context.Connection.RemoteIpAddress switch
    {
        null => null,
        { IsIPv4MappedToIPv6: true } mapped => mapped.MapToIPv4().ToString(),
        { AddressFamily: AddressFamily.InterNetworkV6 } address => $"{new IPAddress([.. address.GetAddressBytes().AsSpan(0, 8), .. new byte[8]])}/64",
        var address => address.ToString(),
    };

    /// <summary>
    /// Puts the client's address in the place of the front end's. The metadata has the names of the query and of a JSON body too, and the host gives its own
    /// <c>Headers</c> only where no such name is there: what a client may have written itself is not believed, and the address stays the front end's.
    /// </summary>
    public async ValueTask Correct(HttpContext http, IReadOnlyDictionary<string, object?> metadata)
    {
        if (_trustsFrontEnd
            && !http.Request.Query.ContainsKey(Metadata)
            && await SaysNothingOfHeaders(http.Request)
            && metadata.TryGetValue(Metadata, out var headers)
            && Last(headers as string) is { } address)
            http.Connection.RemoteIpAddress = address;
    }

    // Whether there is no body, or a JSON object none of whose own names is headers. The host reads names from bodies with a length alone.
    private static async ValueTask<bool> SaysNothingOfHeaders(HttpRequest request)
    {
        if (request.ContentLength is null or 0)
            return true;
        if (request.ContentLength > LargestLookedThrough)
            return false;
        request.EnableBuffering(LargestLookedThrough);
        try
        {
            using var json = await JsonDocument.ParseAsync(request.Body, default, request.HttpContext.RequestAborted);
            return json.RootElement.ValueKind == JsonValueKind.Object
                && !json.RootElement.EnumerateObject().Any(static property => property.Name.Equals(Metadata, StringComparison.OrdinalIgnoreCase));
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return false;
        }
        finally
        {
            request.Body.Position = 0;
        }
    }

    /// <summary>The last address of the header, in the headers as the host gives them: a JSON object of strings.</summary>
    public static IPAddress? Last(string? headers)
    {
        if (headers is null)
            return null;
        using var json = JsonDocument.Parse(headers);
        var forwarded = json.RootElement.EnumerateObject().FirstOrDefault(header => header.Name.Equals(Header, StringComparison.OrdinalIgnoreCase)).Value;
        return forwarded.ValueKind == JsonValueKind.String
            && IPEndPoint.TryParse(forwarded.GetString()!.Split(',')[^1].Trim(), out var peer) ? peer.Address : null;
    }
}
