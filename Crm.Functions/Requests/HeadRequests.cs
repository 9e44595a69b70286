namespace Crm.Functions.Requests;

/// <summary>HEAD is answered as GET; who must know that it was one asks here.</summary>
public static class HeadRequests
{
    private static readonly object Key = new();

    public static void AnswerAsGet(HttpContext context)
    {
        context.Items[Key] = true;
        context.Request.Method = HttpMethods.Get;
    }

    public static bool WasHead(this HttpContext context) => context.Items.ContainsKey(Key);
}
